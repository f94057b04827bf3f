import type { RoiAnswer } from '@tillcast/api/reports';
import { gain, money } from '../format.ts';

interface Props {
  readonly total: NonNullable<RoiAnswer['total']>;
  readonly currency: string | null;
  readonly state: RoiAnswer['state'];
}

/** What came in, what it cost, what is left. */
export function Sums({ total, currency, state }: Props) {
  const say = (cents: number) => gain(cents, currency);
  const between = ([, low, high]: readonly [number, number, number]) => `95 %: ${say(low)} to ${say(high)}`;
  const costs = total.treatment_cost_cents + total.discount_cost_cents + total.serving_cost_cents;
  return (
    <dl className="cards">
      <div className="card">
        <dt>Margin that would not be there otherwise</dt>
        <dd>{say(total.incremental_margin_cents[0])}</dd>
        <small>{between(total.incremental_margin_cents)}</small>
      </div>
      <div className="card">
        <dt>Cost</dt>
        <dd>{money(costs, currency)}</dd>
        <small>
          treatments {money(total.treatment_cost_cents, currency)} · discounts {money(total.discount_cost_cents, currency)} ·
          serving {money(total.serving_cost_cents, currency)}
        </small>
      </div>
      <div className="card">
        <dt>Net{state === 'measured' ? '' : ', so far'}</dt>
        <dd>{say(total.net_cents[0])}</dd>
        <small>
          {between(total.net_cents)}
          {total.net_cents[1] <= 0 && total.net_cents[2] >= 0 ? ' · contains 0: neither gain nor loss is proven' : ''}
        </small>
      </div>
    </dl>
  );
}
