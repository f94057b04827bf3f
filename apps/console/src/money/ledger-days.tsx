import type { RoiAnswer } from '@tillcast/api/reports';
import { day, gain } from '../format.ts';

interface Props {
  readonly days: NonNullable<RoiAnswer['total']>['days'];
  readonly currency: string | null;
}

/** The chart of the ledger as a table, the latest day first. */
export function LedgerDays({ days, currency }: Props) {
  const say = (cents: number) => gain(cents, currency);
  return (
    <details>
      <summary>The days as a table</summary>
      <table className="folding">
        <thead>
          <tr>
            <th scope="col">By the end of</th>
            <th scope="col">Incremental margin</th>
            <th scope="col">Net</th>
            <th scope="col">Interval of net</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((one) => (
            <tr key={one.day}>
              <th scope="row">{day(one.day)}</th>
              <td data-label="Incremental margin">{say(one.incremental_margin_cents[0])}</td>
              <td data-label="Net">{say(one.net_cents[0])}</td>
              <td data-label="Interval of net">
                {say(one.net_cents[1])} to {say(one.net_cents[2])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
