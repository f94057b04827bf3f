import type { ShopEvent } from '../../../events/event.ts';
import { defineAccumulator } from '../../feature.ts';
import { lineUnits, priceCents } from '../amounts.ts';
import { latest } from '../durations.ts';

/** What a shopper bought and returned, in orders and cents. */
export interface ShopperLedger {
  views: number;
  orders: number;
  refunds: number;
  /** Orders whose value is known. */
  valued: number;
  spentCents: number;
  lastMs: number;
}

/** The orders of one shopper. */
export const shopperLedger = defineAccumulator<ShopperLedger>({
  name: 'shopper_ledger',
  entity: 'shopper',
  start: () => ({ views: 0, orders: 0, refunds: 0, valued: 0, spentCents: 0, lastMs: Number.NaN }),
  fold(state, event) {
    if (event.event === 'view_item') state.views++;
    else if (event.event === 'refund') state.refunds++;
    else if (event.event === 'purchase') {
      const cents = orderCents(event);
      if (cents > 0) state.valued++;
      state.spentCents += cents;
      state.lastMs = event.eventTimeMs;
      state.orders++;
    }
    return state;
  },
  join: (earlier, later) => ({
    views: earlier.views + later.views,
    orders: earlier.orders + later.orders,
    refunds: earlier.refunds + later.refunds,
    valued: earlier.valued + later.valued,
    spentCents: earlier.spentCents + later.spentCents,
    lastMs: latest(earlier.lastMs, later.lastMs),
  }),
});

/** The lines' worth where prices are known, the order's own value otherwise; 0 = unknown. */
function orderCents({ items, value }: ShopEvent): number {
  let cents = 0;
  for (const line of items) cents += priceCents(line.price) * lineUnits(line);
  return cents > 0 ? cents : priceCents(value);
}
