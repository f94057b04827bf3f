import type { ShopEvent } from '../../events/event.ts';
import { lineUnits, priceCents } from '../../features/catalogue/amounts.ts';

const dayMs = 86_400_000;

/** What one shopper did, as far as segments look at it. Independent of the order in which events are handed over. */
export interface ShopperLedger {
  firstSeenMs: number;
  lastSeenMs: number;
  orders: number;
  /** Whole cents of the shop's currency, refunds not subtracted; of orders whose value is known. */
  spentCents: number;
  refunds: number;
  /** The days (UTC, since 1970) with an order, ascending, each once; and the last order's moment. */
  readonly orderDays: number[];
  /** Cents of each of those days. */
  readonly dayCents: number[];
  lastOrderMs: number;
  /** What the newest event that says anything of it says. */
  consent: { readonly given: boolean; readonly atMs: number } | undefined;
}

const openLedger = (): ShopperLedger => ({
  firstSeenMs: Number.POSITIVE_INFINITY,
  lastSeenMs: Number.NEGATIVE_INFINITY,
  ...{ orders: 0, spentCents: 0, refunds: 0, orderDays: [], dayCents: [] },
  lastOrderMs: Number.NEGATIVE_INFINITY,
  consent: undefined,
});

/** The lines' worth where prices are known, the order's own value otherwise; 0 = unknown. As the features count it. */
function orderCents({ items, value }: ShopEvent): number {
  let cents = 0;
  for (const line of items) cents += priceCents(line.price) * lineUnits(line);
  return cents > 0 ? cents : priceCents(value);
}

function addDay(ledger: ShopperLedger, day: number, cents: number): void {
  const { orderDays, dayCents } = ledger;
  let at = orderDays.length;
  while (at > 0 && orderDays[at - 1]! > day) at--;
  if (at > 0 && orderDays[at - 1] === day) {
    dayCents[at - 1]! += cents;
    return;
  }
  orderDays.splice(at, 0, day);
  dayCents.splice(at, 0, cents);
}

/** The newer word; of two at once, the one that withholds. */
function newerConsent(a: ShopperLedger['consent'], b: ShopperLedger['consent']): ShopperLedger['consent'] {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.atMs !== b.atMs) return a.atMs > b.atMs ? a : b;
  return a.given ? b : a;
}

/** Folds an event into the ledger of its shopper. */
export function noteEvent(ledger: ShopperLedger, event: ShopEvent): void {
  const { eventTimeMs, consent } = event;
  ledger.firstSeenMs = Math.min(ledger.firstSeenMs, eventTimeMs);
  ledger.lastSeenMs = Math.max(ledger.lastSeenMs, eventTimeMs);
  if (consent !== undefined) ledger.consent = newerConsent(ledger.consent, { given: consent, atMs: eventTimeMs });
  if (event.event === 'refund') ledger.refunds++;
  if (event.event !== 'purchase') return;
  const cents = orderCents(event);
  ledger.orders++;
  ledger.spentCents += cents;
  ledger.lastOrderMs = Math.max(ledger.lastOrderMs, eventTimeMs);
  addDay(ledger, Math.floor(eventTimeMs / dayMs), cents);
}

/** Adds what another ledger holds: a device's history that became its user's. */
export function joinLedger(into: ShopperLedger, from: ShopperLedger): void {
  into.firstSeenMs = Math.min(into.firstSeenMs, from.firstSeenMs);
  into.lastSeenMs = Math.max(into.lastSeenMs, from.lastSeenMs);
  into.lastOrderMs = Math.max(into.lastOrderMs, from.lastOrderMs);
  into.orders += from.orders;
  into.spentCents += from.spentCents;
  into.refunds += from.refunds;
  into.consent = newerConsent(into.consent, from.consent);
  for (const [index, day] of from.orderDays.entries()) addDay(into, day, from.dayCents[index]!);
}

/** The ledgers of all shoppers. Memory: about 400 bytes a shopper and 20 a day with an order. */
export interface Ledgers {
  note(shopper: string, event: ShopEvent): void;
  /** A device's history became its user's. */
  absorb(device: string, user: string): void;
  readonly all: ReadonlyMap<string, ShopperLedger>;
}

/** Opens empty ledgers. */
export function openLedgers(): Ledgers {
  const all = new Map<string, ShopperLedger>();
  const ledgerOf = (shopper: string): ShopperLedger => {
    const known = all.get(shopper) ?? openLedger();
    all.set(shopper, known);
    return known;
  };
  return {
    all,
    note: (shopper, event) => noteEvent(ledgerOf(shopper), event),
    absorb(device, user) {
      const from = all.get(device);
      if (from === undefined) return;
      all.delete(device);
      joinLedger(ledgerOf(user), from);
    },
  };
}
