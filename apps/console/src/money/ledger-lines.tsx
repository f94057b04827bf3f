import type { RoiAnswer, RoiLine } from '@tillcast/api/reports';
import { count, gain } from '../format.ts';

interface Props {
  readonly lines: readonly RoiLine[];
  readonly leftOut: RoiAnswer['left_out'];
  readonly currency: string | null;
}

/** `free-delivery: everybody exposed, against the holdout global`. */
function nameOf({ id, against, experiments, variants }: RoiLine): string {
  const whose = experiments.join(', ');
  return against === 'holdout'
    ? `${whose}: everybody exposed, against the holdout ${id.replace(/^holdout:/, '')}`
    : `${whose}: ${variants.join(', ')}, against the control`;
}

/** What the total is made of, line by line, with what each says by itself. */
export function LedgerLines({ lines, leftOut, currency }: Props) {
  if (lines.length === 0) return null;
  const isLeftOut = new Set(leftOut.map(({ id }) => id));
  return (
    <>
      <h3>What it is made of</h3>
      {leftOut.length === 0 ? null : (
        <p>
          The total lacks {leftOut.length === 1 ? 'one comparison that says' : `${leftOut.length} comparisons that say`} nothing
          yet: the table has the reason.
        </p>
      )}
      <table className="folding even lines">
        <thead>
          <tr>
            <th scope="col">Comparison</th>
            <th scope="col">Treated, kept out</th>
            <th scope="col">Net so far</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <th scope="row">
                {nameOf(line)}
                <small>{isLeftOut.has(line.id) ? 'left out of the total' : line.in_total ? 'in the total' : 'detail'}</small>
              </th>
              <td data-label="Treated, kept out">
                {count(line.treated_units)}, {count(line.reference_units)}
                {line.waiting_units === 0 ? null : <small>{count(line.waiting_units)} wait for their window to close</small>}
              </td>
              <td data-label="Net so far">
                <Net line={line} currency={currency} />
              </td>
              <td data-label="What it says">{line.verdict}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Net({ line: { net_cents: net }, currency }: { line: RoiLine; currency: string | null }) {
  if (net === null) return <span className="note">not known yet</span>;
  return (
    <>
      {gain(net[0], currency)}
      <small>
        {gain(net[1], currency)} to {gain(net[2], currency)}
      </small>
    </>
  );
}
