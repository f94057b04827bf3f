import type { PerformanceAnswer, PerformanceSlice, ServedQuality } from '@tillcast/api/reports';
import { IntervalBar } from '../charts/interval-bar.tsx';
import { type Range, rangeOf } from '../charts/scale.ts';
import { count, percent } from '../format.ts';

const kinds: readonly [by: string, title: string][] = [
  ['category', 'Category'],
  ['device', 'Device'],
  ['shopper', 'New or returning'],
  ['source', 'Source'],
];
/** Those that whoever runs the models reads. */
const furtherKinds: typeof kinds = [
  ['model', 'Model'],
  ['rung', 'What answers rest on'],
];

const qualityOf = (quality: ServedQuality | 'too few'): readonly ServedQuality[] => (quality === 'too few' ? [] : [quality]);

/** Every kind of slice as a table: what was foretold, what came, and how well buyers were ranked. */
export function Slices({ report: { overall, slices } }: { report: PerformanceAnswer }) {
  if (overall === 'too few')
    return (
      <div className="verdict-box not_yet">
        <p className="verdict">
          <span className="mark" aria-hidden="true">
            …
          </span>
          Not known yet: too few predictions with a known outcome.
        </p>
        <p>
          They come by themselves as shoppers are asked about (<code>POST /v1/predict</code>) and their windows close.
        </p>
      </div>
    );
  const known = [overall, ...slices.flatMap(({ quality }) => qualityOf(quality))];
  const rates = rangeOf(known.flatMap(({ base_rate: rate, predicted }) => [...rate, predicted]));
  const areas = rangeOf(
    known.flatMap(({ roc_auc: area }) => area),
    [0.5],
  );
  const tables = (those: typeof kinds) =>
    those.map(([by, title]) => {
      const found = slices.filter((slice) => slice.by === by);
      return found.length === 0 ? null : <SliceTable key={by} slices={found} title={title} rates={rates} areas={areas} />;
    });
  const [rate, low, high] = overall.base_rate.map(percent);
  const [area, from, to] = overall.roc_auc.map((part) => part.toFixed(3));
  return (
    <>
      <p>
        Of all {count(overall.rows)} predictions, {rate} bought ({low} to {high}) where {percent(overall.predicted)} was foretold;
        buyers were ranked with a ROC AUC of {area} ({from} to {to}; 0.5 is chance).
      </p>
      {tables(kinds)}
      <details>
        <summary>By model and by what answers rest on</summary>
        {tables(furtherKinds)}
      </details>
    </>
  );
}

interface Props {
  readonly slices: readonly PerformanceSlice[];
  readonly title: string;
  readonly rates: Range;
  readonly areas: Range;
}

function SliceTable({ slices, title, rates, areas }: Props) {
  return (
    <table className="folding even slices">
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">Predictions</th>
          <th scope="col">Bought (foretold)</th>
          <th scope="col">Ranking (ROC AUC)</th>
          <th scope="col">Beside the rest</th>
        </tr>
      </thead>
      <tbody>
        {slices.map((slice) => (
          <Line key={slice.name} slice={slice} rates={rates} areas={areas} />
        ))}
      </tbody>
    </table>
  );
}

function Line({
  slice: { name, rows, quality, worse_than_rest: beside },
  rates,
  areas,
}: Omit<Props, 'slices' | 'title'> & { slice: PerformanceSlice }) {
  const flagged = beside.filter(({ flagged: isWorse }) => isWorse);
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label="Predictions">{count(rows)}</td>
      {quality === 'too few' ? (
        <td colSpan={3} data-label="Quality">
          <span className="badge open">too few</span> <span className="note">figures would be noise</span>
        </td>
      ) : (
        <>
          <td data-label="Bought (foretold)">
            <Rate quality={quality} range={rates} />
          </td>
          <td data-label="Ranking (ROC AUC)">
            <Area quality={quality} range={areas} />
          </td>
          <td data-label="Beside the rest">
            {flagged.length > 0 ? (
              <span className="badge down">
                worse: {flagged.map(({ metric }) => (metric === 'roc_auc' ? 'ranking' : 'skill')).join(', ')}
              </span>
            ) : (
              <span className="note">{beside.length === 0 ? '–' : 'not proven worse'}</span>
            )}
          </td>
        </>
      )}
    </tr>
  );
}

function Rate({ quality: { base_rate: rate, predicted }, range }: { quality: ServedQuality; range: Range }) {
  const [value, low, high] = rate.map(percent);
  return (
    <>
      <b>{value}</b>{' '}
      <span className="note">
        {low} to {high}; foretold {percent(predicted)}
      </span>
      <IntervalBar figure={rate} range={range} label={`bought ${value}, 95 % interval ${low} to ${high}`} />
    </>
  );
}

function Area({ quality: { roc_auc: area }, range }: { quality: ServedQuality; range: Range }) {
  const [value, low, high] = area.map((part) => part.toFixed(3));
  return (
    <>
      <b>{value}</b>{' '}
      <span className="note">
        {low} to {high}
      </span>
      <IntervalBar figure={area} range={range} label={`ROC AUC ${value}, 95 % interval ${low} to ${high}`} />
    </>
  );
}
