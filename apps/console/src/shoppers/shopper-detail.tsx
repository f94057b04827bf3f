import type { ShopperScore } from '@tillcast/api/shoppers';
import { horizon, percent } from '../format.ts';
import { Contributions } from './contributions.tsx';

interface Props {
  readonly shopper: ShopperScore;
  readonly horizon: string;
  readonly target: 'item' | 'session';
}

const rungs: Record<ShopperScore['rung'], string> = {
  behavioural: 'this shopper’s own behaviour',
  profile: 'the item and the shop; the shopper is new',
  prior: 'the category’s purchase rate; no model was asked',
};

/** One shopper: how likely, why, and what to do. */
export function ShopperDetail({ shopper, horizon: within, target }: Props) {
  return (
    <aside className="panel" aria-live="off">
      <h2>{shopper.user_id ?? `anonymous ${shopper.anonymous_id}`}</h2>
      <p className="lead">
        buys {target === 'item' ? `${shopper.last_item ?? 'this item'}` : 'something in this visit'} within {horizon(within)}
      </p>
      <div className="detail">
        <div>
          <div className="big">{percent(shopper.purchase_probability)}</div>
          <div className="note">
            {shopper.percentile === null ? '' : `higher than ${Math.min(99.9, shopper.percentile).toFixed(1)} % of scores · `}
            {shopper.band} · rests on {rungs[shopper.rung]}
          </div>
        </div>
        {shopper.reasons.length > 0 ? (
          <div>
            <h3>What moved the answer (log-odds; associations, not causes)</h3>
            <Contributions reasons={shopper.reasons.slice(0, 10)} />
          </div>
        ) : null}
        <div>
          <h3>Recommendation</h3>
          <p>{shopper.recommendation}</p>
        </div>
        {shopper.insights.length > 0 ? (
          <div>
            <h3>Insights</h3>
            <ul>
              {shopper.insights.map((insight) => (
                <li key={insight.rule}>
                  {insight.text} <span className="note">{insight.action}</span>
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </aside>
  );
}
