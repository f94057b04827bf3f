import { compareEvents, type ShopEvent } from '../../events/event.ts';
import { worthOf } from '../../experiments/unit-table.ts';

/** What somebody's orders brought and what of it they kept. */
export interface KeptMargin {
  /** Orders placed. */
  readonly orders: number;
  /** Those of which something was kept. */
  readonly keptOrders: number;
  /** What the kept items earned when they were bought; NaN = nobody said what an item of them earns. */
  readonly margin: number;
}

/** One item of an order: units that were not given back, and what one earned. */
interface OpenLine {
  readonly itemId: string;
  readonly marginPerUnit: number;
  units: number;
}

/** An order without lines is worth what it says: `share` is what was kept of it. */
interface OpenOrder {
  readonly event: ShopEvent;
  readonly lines: readonly OpenLine[];
  readonly wholeMargin: number;
  share: number;
}

/** What an event earned, in the shop's currency; undefined = nobody said. */
type MarginOf = (event: ShopEvent) => number | undefined;

function openOrder(event: ShopEvent, marginOf: MarginOf): OpenOrder {
  const lines = event.items.map((line) => ({
    itemId: line.itemId,
    marginPerUnit: marginOf({ ...event, items: [{ ...line, quantity: 1 }] }) ?? Number.NaN,
    units: line.quantity,
  }));
  return { event, lines, wholeMargin: lines.length > 0 ? 0 : (marginOf(event) ?? Number.NaN), share: 1 };
}

/** Whether a refund can be meant for an order: by the transaction it names, else for any before it. */
function canBeMeant({ event }: OpenOrder, refund: ShopEvent): boolean {
  const { transactionId } = refund;
  return (transactionId === undefined || transactionId === event.transactionId) && compareEvents(event, refund) < 0;
}

/** Of lines: unit by unit. Of none: what it is worth of the order it names (or the newest), all of it where that is not said. */
function giveBack(newestFirst: readonly OpenOrder[], refund: ShopEvent): void {
  const meant = newestFirst.filter((order) => canBeMeant(order, refund));
  if (refund.items.length === 0) {
    const [order] = meant;
    if (order === undefined) return;
    const worth = worthOf(order.event);
    order.share = Math.max(0, order.share - (refund.value === undefined || worth === 0 ? 1 : refund.value / worth));
    return;
  }
  for (const { itemId, quantity } of refund.items) {
    let left = quantity;
    for (const line of meant.flatMap(({ lines }) => lines)) {
      if (line.itemId !== itemId || left === 0) continue;
      const units = Math.min(left, line.units);
      line.units -= units;
      left -= units;
    }
  }
}

const keptOf = ({ lines, wholeMargin, share }: OpenOrder): number =>
  share *
  (lines.length > 0
    ? lines.reduce((sum, { units, marginPerUnit }) => sum + (units === 0 ? 0 : units * marginPerUnit), 0)
    : wholeMargin);

/**
 * What somebody's purchases earned, less what they gave back: each returned unit takes back what it had earned when it was bought, from the order that its
 * refund names, else from the newest that held it. Independent of the order in which events are given.
 */
export function keptMargin(purchases: readonly ShopEvent[], refunds: readonly ShopEvent[], marginOf: MarginOf): KeptMargin {
  const orders = purchases.toSorted((a, b) => compareEvents(b, a)).map((event) => openOrder(event, marginOf));
  for (const refund of refunds.toSorted(compareEvents)) giveBack(orders, refund);
  const kept = orders.filter(({ lines, share }) => share > 0 && (lines.length === 0 || lines.some(({ units }) => units > 0)));
  return { orders: orders.length, keptOrders: kept.length, margin: kept.reduce((sum, order) => sum + keptOf(order), 0) };
}
