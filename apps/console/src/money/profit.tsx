import type { PerformanceAnswer } from '@tillcast/api/reports';
import { CutOffChart } from '../charts/cut-off-chart.tsx';
import { gain, money, percent } from '../format.ts';

type Curve = NonNullable<PerformanceAnswer['profit']>;

/** The profit curve with its best cut-off; or what is missing for one. */
export function Profit({
  report: { profit, no_profit: reason },
  currency,
}: {
  report: PerformanceAnswer;
  currency: string | null;
}) {
  if (profit === null)
    return (
      <div className="verdict-box not_yet">
        <p className="verdict long">
          <span className="mark" aria-hidden="true">
            …
          </span>
          Not known yet.
        </p>
        <p>
          Fill in what a treatment costs and press Draw; 0 is an answer. What the server lacks: {reason}. A prediction has an
          outcome once its window has closed.
        </p>
      </div>
    );
  const { best, basis, points } = profit;
  const say = (cents: number) => gain(cents, currency);
  const [value, low, high] = best.profit_cents;
  return (
    <>
      <p className="verdict long">{adviceOf(profit)}</p>
      <p>
        The best cut-off lies between {shareOf(best.share_interval[0])} and {shareOf(best.share_interval[1])} of shoppers (95 %
        {best.probability_interval[0] === null || best.probability_interval[1] === null
          ? ''
          : `; chances of ${percent(best.probability_interval[0])} to ${percent(best.probability_interval[1])}`}
        ). It would bring {say(value)} (95 %: {say(low)} to {say(high)}) on these shoppers
        {low <= 0 && high >= 0 ? ', which contains 0: whether it pays at all is not known' : ''}.
      </p>
      <p className="note">
        {basis === 'all_purchases'
          ? 'A ceiling, not a forecast: every purchase counts as earned by the treatment, though most would have been made anyway. Give an assumed effect to see less.'
          : 'The effect is assumed, not measured. Only an experiment measures it.'}{' '}
        An order earns {money(profit.margin_cents, currency)}, the discount takes {money(profit.discount_cents, currency)}, giving
        it costs {money(profit.contact_cents, currency)}.
      </p>
      <CutOffChart
        points={points.map(({ share, profit_cents: cents }) => ({ share, value: cents }))}
        best={best.share}
        interval={best.share_interval}
        say={say}
        label={`Profit by the share of shoppers treated, the likeliest first: best at ${shareOf(best.share)}`}
      />
      <details>
        <summary>The curve as a table</summary>
        <table className="buckets">
          <thead>
            <tr>
              <th scope="col">Treated</th>
              <th scope="col">From a chance of</th>
              <th scope="col">Profit</th>
            </tr>
          </thead>
          <tbody>
            {points
              .filter((_, index) => index % 5 === 0)
              .map(({ share, probability, profit_cents: cents }) => (
                <tr key={share}>
                  <th scope="row">{shareOf(share)}</th>
                  <td>{probability === null ? '–' : percent(probability)}</td>
                  <td>{say(cents)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

const shareOf = (share: number): string => (share === 0 ? 'nobody' : share === 1 ? 'everybody' : percent(share));

/** What the curve says, with the condition it stands under first: nothing here was measured. */
function adviceOf({ basis, best: { share, probability } }: Curve): string {
  const condition = basis === 'all_purchases' ? 'If every purchase were owed to it' : 'If the effect is as assumed';
  const whom = share === 0 || share === 1 ? shareOf(share) : `the likeliest ${percent(share)}`;
  const from = share === 0 || share === 1 || probability === null ? '' : `, from a chance of ${percent(probability)} on`;
  return `${condition}, it would pay to treat ${whom}${from}.`;
}
