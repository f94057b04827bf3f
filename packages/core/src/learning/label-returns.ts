import { compareEvents, type LineItem, type ShopEvent } from '../events/event.ts';
import type { People } from './people.ts';
import type { Codes } from './rows-columns.ts';

/** A purchase or refund, and whose. */
export interface ToldOutcome {
  readonly event: ShopEvent;
  readonly group: number;
  /** Outcomes told before it. */
  readonly number: number;
}

/** One line bought, and where in the table its shopper stood when it became known. */
export interface BoughtLine extends ToldOutcome {
  readonly session: number;
  readonly item: number;
  readonly units: number;
  /** The shopper's last row asked before the purchase was known. */
  readonly lastRow: number;
  /** Anybody's rows asked before it was known. */
  readonly rowsBefore: number;
  refunded: number;
}

/** Sets each refund, in order, against the person's newest purchases it can be meant for, unit by unit, within the refund window. */
export function giveBack(
  bought: readonly BoughtLine[],
  refunds: readonly ToldOutcome[],
  { items, people, refundWindowMs }: { readonly items: Codes; readonly people: People; readonly refundWindowMs: number },
): void {
  if (refunds.length === 0) return;
  const newestFirst = bought.toSorted((a, b) => compareEvents(b.event, a.event));
  for (const refund of refunds.toSorted((a, b) => compareEvents(a.event, b.event))) {
    const open = newestFirst.filter(
      (line) =>
        line.refunded < line.units && canBeMeant(line, refund.event, refundWindowMs) && areOnePerson(people, line, refund),
    );
    if (refund.event.items.length === 0) giveBackOrder(open, refund.event);
    for (const line of refund.event.items) giveBackLine(open, line, items);
  }
}

/** Whether two outcomes are of one person, as far as is known in the end. */
function areOnePerson(people: People, a: ToldOutcome, b: ToldOutcome): boolean {
  if (a.group === b.group) return true;
  return Math.max(people.outcomeKnownMs(a.group, a.number), people.outcomeKnownMs(b.group, b.number)) < Number.POSITIVE_INFINITY;
}

function canBeMeant({ event }: BoughtLine, refund: ShopEvent, refundWindowMs: number): boolean {
  const ageMs = refund.eventTimeMs - event.eventTimeMs;
  const sameOrder = refund.transactionId === undefined || refund.transactionId === event.transactionId;
  return sameOrder && ageMs <= refundWindowMs && compareEvents(event, refund) < 0;
}

/** A refund without lines returns the whole order: the one it names, or the newest. */
function giveBackOrder(open: readonly BoughtLine[], refund: ShopEvent): void {
  for (const line of open) if (refund.transactionId !== undefined || line.event === open[0]!.event) line.refunded = line.units;
}

function giveBackLine(open: readonly BoughtLine[], { itemId, quantity }: LineItem, items: Codes): void {
  const item = items.of(itemId);
  let left = quantity;
  for (const line of open) {
    if (line.item !== item || left === 0) continue;
    const units = Math.min(left, line.units - line.refunded);
    line.refunded += units;
    left -= units;
  }
}
