import type { ShopperScore } from '@tillcast/api/shoppers';
import { ago, percent, value, words } from '../format.ts';

interface Props {
  readonly shoppers: readonly ShopperScore[];
  readonly baseRate: number | null;
  readonly nowMs: number;
  readonly selected: string | undefined;
  readonly onSelect: (shopper: string) => void;
}

/** The likeliest buyers, with the reasons in reach of a glance. */
export function ShopperTable({ shoppers, baseRate, nowMs, selected, onSelect }: Props) {
  const scale = Math.max(0.05, ...shoppers.map((shopper) => shopper.purchase_probability));
  return (
    <table>
      <thead>
        <tr>
          <th>Shopper</th>
          <th>Will buy</th>
          <th>Because</th>
        </tr>
      </thead>
      <tbody>
        {shoppers.map((shopper) => (
          <tr
            key={shopper.shopper}
            tabIndex={0}
            aria-selected={shopper.shopper === selected}
            onClick={() => onSelect(shopper.shopper)}
            onKeyDown={(event) => event.key === 'Enter' && onSelect(shopper.shopper)}
          >
            <td>
              <div className="who">{shopper.user_id ?? `anonymous ${shopper.anonymous_id}`}</div>
              <div className="what">{shopper.last_item === null ? '' : `looking at ${shopper.last_item}`}</div>
              <div className="when">
                {shopper.session_events} events · {ago(shopper.last_event_time, nowMs)}
              </div>
            </td>
            <td className="chance">
              <b>{percent(shopper.purchase_probability)}</b>
              <div className="meter">
                <i style={{ width: `${(shopper.purchase_probability / scale) * 100}%` }} />
              </div>
              <div className="when">
                {shopper.band}
                {baseRate ? ` · ${(shopper.purchase_probability / baseRate).toFixed(1)} × average` : ''}
              </div>
            </td>
            <td>
              <div className="chips">
                {shopper.reasons.slice(0, 3).map((reason) => (
                  <span key={reason.feature} className={`chip ${reason.contribution > 0 ? 'up' : 'down'}`}>
                    {reason.contribution > 0 ? '▲' : '▼'} {words(reason.feature)} {value(reason.value)}
                  </span>
                ))}
              </div>
              {shopper.insights[0] ? <div className="insight">{shopper.insights[0].text}</div> : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
