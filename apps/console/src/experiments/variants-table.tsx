import type { ExperimentResults } from '@tillcast/api/experiment-results';
import { IntervalBar } from '../charts/interval-bar.tsx';
import { type Range, rangeOf } from '../charts/scale.ts';
import { change, count, words } from '../format.ts';
import { type Comparison, decisive, sayInterval, sayLift, sayMean, sideOf, sides } from './reading.ts';

interface Props {
  readonly results: ExperimentResults;
  /** Units exposed, by variant. */
  readonly units: Readonly<Record<string, number>>;
}

/** The variants: who met them, what they did, and how that lies beside the control. */
export function VariantsTable({ results, units }: Props) {
  const { variants, control, decision_metric: metric, comparisons } = results;
  const primary = comparisons.filter(({ role }) => role === 'primary');
  const means = rangeOf(Object.values(variants).flatMap(({ interval, mean }) => interval ?? [mean]));
  const lifts = rangeOfLifts(primary);
  return (
    <table className="folding">
      <caption>
        Variants by {words(metric)}: each by itself with its 95 % interval, then beside {control} by the rule that was registered
      </caption>
      <thead>
        <tr>
          <th scope="col">Variant</th>
          <th scope="col">Units exposed</th>
          <th scope="col">{words(metric)}</th>
          <th scope="col">Lift against {control}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(variants).map(([name, { n, mean, interval }]) => (
          <tr key={name}>
            <th scope="row">
              {name}
              {name === control ? <small>control</small> : null}
            </th>
            <td data-label="Units exposed">
              {count(units[name] ?? 0)}
              <small>{count(n)} of them count by now</small>
            </td>
            <td data-label={words(metric)}>
              <Mean metric={metric} mean={mean} interval={interval} range={means} />
            </td>
            <td data-label={`Lift against ${control}`}>
              {name === control ? (
                <span className="note">what the others are compared with</span>
              ) : (
                <Lift comparison={primary.find(({ variant }) => variant === name)} range={lifts} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The range that lifts are drawn in: an interval four times as wide as the narrowest goes beyond it, so that one that is hardly known leaves room for the others. */
function rangeOfLifts(primary: readonly Comparison[]): Range {
  const lifts = primary.flatMap((one) => {
    const { relative_lift: lift } = decisive(one);
    return lift === null ? [] : [lift];
  });
  const reach = 4 * Math.min(...lifts.map(([, low, high]) => (low === null || high === null ? 1 : high - low)));
  const ends = lifts.flatMap(([value, low, high]) => [
    value,
    Math.max(low ?? Number.NEGATIVE_INFINITY, value - reach),
    Math.min(high ?? Number.POSITIVE_INFINITY, value + reach),
  ]);
  return rangeOf(ends, [-0.05, 0.05]);
}

type Arm = Pick<ExperimentResults['variants'][string], 'mean' | 'interval'>;

function Mean({ metric, mean, interval, range }: Arm & { metric: string; range: Range }) {
  if (mean === null) return <span className="note">not known yet: nobody counts so far</span>;
  const say = (value: number) => sayMean(metric, value);
  if (interval === null)
    return (
      <>
        {say(mean)}
        <small>no interval: too few units, or all of them alike</small>
      </>
    );
  const text = sayInterval(interval, say);
  return (
    <>
      <b>{say(mean)}</b> <span className="note">{text}</span>
      <IntervalBar figure={interval} range={range} label={`${say(mean)}, 95 % interval ${text}`} />
    </>
  );
}

function Lift({ comparison, range }: { comparison: Comparison | undefined; range: Range }) {
  if (comparison === undefined) return <span className="note">not compared</span>;
  const { relative_lift: lift, difference } = decisive(comparison);
  if (difference === null) return <span className="note">not known yet: {comparison.not_measurable}</span>;
  const figure = lift ?? difference;
  const { text, tone } = sides[sideOf(figure)];
  if (lift === null)
    return (
      <>
        <b>{figure[0].toPrecision(2)}</b> <span className="note">{sayInterval(figure, (value) => value.toPrecision(2))}</span>
        <small>{text}; in the metric’s own unit, for the control’s value cannot be told from 0</small>
      </>
    );
  return (
    <>
      <b className={tone}>{change(lift[0])}</b> <span className="note">{sayInterval(lift, change)}</span>
      <IntervalBar figure={lift} range={range} tone={tone} label={sayLift(lift)} />
      <small>{text}</small>
    </>
  );
}
