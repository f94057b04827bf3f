import { compareEvents, knowableAtMs, type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { inKnowableOrder, LATENESS_MS } from './histories.ts';

/** One row as the contract defines it, found by looking at everything for each. */
export interface OracleRow {
  readonly t: number;
  readonly group: string;
  readonly session: string;
  readonly item: string | null;
  readonly label: number;
  readonly labelNet: number | null;
}

export interface OracleOptions {
  readonly target: 'item' | 'session';
  readonly horizonMs: number;
  readonly refundWindowMs: number;
  readonly untilMs?: number;
}

interface Known {
  readonly event: ShopEvent;
  readonly shopper: string;
  readonly session: string | undefined;
  readonly tooLate: boolean;
  /** The device whose history this login made its user's. */
  readonly claimed: string | undefined;
  /** The last item seen by then, what a row without one is about. */
  readonly lastItem: string | null;
}

/** Rows and labels by brute force, O(n²) over a history: the definition, spelled out. */
export function oracleRows(history: readonly ShopEvent[], options: OracleOptions): OracleRow[] {
  const { untilMs = Number.POSITIVE_INFINITY, horizonMs } = options;
  const ordered = inKnowableOrder(history);
  const known = withSessions(ordered.filter((event) => knowableAtMs(event) <= untilMs));
  const endMs = Math.min(untilMs, Math.max(...ordered.map(knowableAtMs)));
  const kept = unreturned(known, options.refundWindowMs);
  return known.flatMap((trigger, at) =>
    subjects(trigger, known.slice(0, at), options.target).flatMap((item) => {
      const t = knowableAtMs(trigger.event);
      if (t + horizonMs > endMs) return [];
      const lines = boughtLines(known).filter(({ position, by }) => {
        const isAfter = position > at && by.event.eventTimeMs >= t && by.event.eventTimeMs <= t + horizonMs;
        return isAfter && areOnePerson(known, position, at, t + horizonMs);
      });
      const wanted = lines.filter(({ by, itemId }) =>
        options.target === 'item' ? itemId === item : by.session === trigger.session,
      );
      const matured = t + horizonMs + options.refundWindowMs <= endMs;
      const net = wanted.some(({ key }) => kept.has(key)) ? 1 : 0;
      const person = ownerOf(known, trigger.shopper) ?? trigger.shopper;
      const about = { t, group: person, session: `${person}/${trigger.session}`, item };
      return [{ ...about, label: wanted.length > 0 ? 1 : 0, labelNet: matured ? net : null }];
    }),
  );
}

/** The user whose login was the first to make a device's history theirs. */
const ownerOf = (known: readonly Known[], device: string): string | undefined =>
  known.find(({ claimed }) => claimed === device)?.shopper;

/** Who is known at a moment to have been behind an event. */
function personAt(known: readonly Known[], position: number, atMs: number): string {
  const { shopper } = known[position]!;
  const owner = ownerOf(known, shopper);
  const claim = known.find((login, at) => at > position && login.claimed === shopper && login.shopper === owner);
  return claim !== undefined && knowableAtMs(claim.event) <= atMs ? claim.shopper : shopper;
}

const areOnePerson = (known: readonly Known[], a: number, b: number, atMs: number): boolean =>
  known[a]!.shopper === known[b]!.shopper || personAt(known, a, atMs) === personAt(known, b, atMs);

/** Sessions and claims are the engine's business and tested there; labels take them as given. */
function withSessions(ordered: readonly ShopEvent[]): Known[] {
  const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs: LATENESS_MS }, []);
  return ordered.map((event) => {
    const tooLate = engine.apply(event) === 'too_late';
    const shopper = shopperOf(event);
    const lastItem = engine.shopper(shopper)?.lastItem?.itemId ?? null;
    const session = engine.appliedSessionId ?? event.sessionId;
    return { event, shopper, session, tooLate, claimed: engine.appliedDevice, lastItem };
  });
}

function subjects(trigger: Known, before: readonly Known[], target: 'item' | 'session'): (string | null)[] {
  const { event, tooLate, shopper, session, lastItem } = trigger;
  if (tooLate) return [];
  if (target === 'item') {
    return event.event === 'view_item' || event.event === 'add_to_cart'
      ? [...new Set(event.items.map(({ itemId }) => itemId))]
      : [];
  }
  return hasBought([...before, trigger], shopper, session) ? [] : [event.items.at(-1)?.itemId ?? lastItem];
}

/** Whether a session has bought by the last of these, what it was before a login included. */
const hasBought = (known: readonly Known[], shopper: string, session: string | undefined): boolean =>
  known.some((each, at) => {
    if (each.shopper !== shopper || each.session !== session) return false;
    return (
      each.event.event === 'purchase' || (each.claimed !== undefined && hasBought(known.slice(0, at), each.claimed, session))
    );
  });

const boughtLines = (known: readonly Known[]) =>
  known.flatMap((by, position) => {
    if (by.event.event !== 'purchase') return [];
    const lines = by.event.items.length > 0 ? by.event.items : [{ itemId: null, quantity: 1 }];
    return lines.map(({ itemId, quantity }, index) => ({ key: `${position}/${index}`, position, by, itemId, quantity }));
  });

/** Keys of the lines of which at least one unit was kept. */
function unreturned(known: readonly Known[], refundWindowMs: number): Set<string> {
  const left = new Map(boughtLines(known).map(({ key, quantity }) => [key, quantity]));
  const newestFirst = boughtLines(known).sort((a, b) => compareEvents(b.by.event, a.by.event));
  const refunds = known.filter(({ event }) => event.event === 'refund').sort((a, b) => compareEvents(a.event, b.event));
  const end = Number.POSITIVE_INFINITY;
  for (const refund of refunds) {
    const open = newestFirst.filter(({ key, position, by }) => {
      const ageMs = refund.event.eventTimeMs - by.event.eventTimeMs;
      const sameOrder = refund.event.transactionId === undefined || refund.event.transactionId === by.event.transactionId;
      return (
        left.get(key)! > 0 &&
        areOnePerson(known, position, known.indexOf(refund), end) &&
        sameOrder &&
        ageMs <= refundWindowMs &&
        compareEvents(by.event, refund.event) < 0
      );
    });
    if (refund.event.items.length === 0) {
      for (const { key, by } of open)
        if (refund.event.transactionId !== undefined || by.event === open[0]!.by.event) left.set(key, 0);
    }
    for (const line of refund.event.items) {
      // Unit by unit, each against the newest purchase that still has one.
      for (let unit = 0; unit < Math.min(line.quantity, 20); unit++) {
        const from = open.find(({ key, itemId }) => itemId === line.itemId && left.get(key)! > 0);
        if (from !== undefined) left.set(from.key, left.get(from.key)! - 1);
      }
    }
  }
  return new Set([...left].filter(([, units]) => units > 0).map(([key]) => key));
}
