import type { LineItem } from '../events/event.ts';
import type { Actor } from './agenda.ts';
import { categories } from './category-tree.ts';
import type { Desk } from './desk.ts';
import { below, logUniform } from './distributions.ts';
import type { Random } from './random.ts';
import { DAY_MS } from './rhythm.ts';
import type { FullSettings } from './settings.ts';

/** The currency of every value. */
export const CURRENCY = 'EUR';

/** What was bought, when and by whom. */
export interface Order {
  readonly who: { readonly userId?: string; readonly anonymousId?: string };
  readonly transactionId: string;
  readonly items: readonly LineItem[];
  /** The category of the last item, by index. */
  readonly category: number;
  readonly atMs: number;
  /** The buyer's own stream. */
  readonly random: Random;
}

/** What an order is worth, in whole cents. */
export const orderValue = (items: readonly LineItem[]): number =>
  Math.round(items.reduce((sum, { price = 0, quantity }) => sum + price * quantity, 0) * 100) / 100;

/** The way back of an order, whole or one line of it, two to twenty days later; undefined = it is kept. */
export function drawRefund(
  settings: FullSettings,
  desk: Desk,
  order: Order,
): { readonly refund: Actor; readonly atMs: number } | undefined {
  const { random, who, transactionId } = order;
  if (random.uniform() >= settings.refundShare * categories[order.category]!.returns) return undefined;
  const items = random.uniform() < 0.6 ? order.items : [order.items[below(random, order.items.length)]!];
  const atMs = Math.round(order.atMs + logUniform(random, 2 * DAY_MS, 20 * DAY_MS));
  const refund: Actor = {
    act(nowMs) {
      const deed = { event: 'refund', ...who, items, transactionId, value: orderValue(items), currency: CURRENCY } as const;
      // Booked by the shop: no visit, hence no session.
      desk.record(deed, nowMs, { session: 0, segment: 'refund' });
      return Number.POSITIVE_INFINITY;
    },
  };
  return { refund, atMs };
}
