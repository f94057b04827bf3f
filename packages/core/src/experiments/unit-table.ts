import { type ShopEvent, shopperOf } from '../events/event.ts';
import type { Exposure } from '../ports/exposure-log.ts';
import { probabilityOf } from '../scoring/log-odds.ts';
import { openPeople } from './people.ts';

/** The columns of a unit table, in the order of their values. `pre_` = known before the unit's exposure. */
export const unitColumns = [
  'conversion',
  'orders',
  'revenue',
  'margin',
  'purchase_probability',
  'log_odds',
  'differs',
  'pre_events',
  'pre_orders',
  'pre_revenue',
  'pre_score',
] as const;
export type UnitColumn = (typeof unitColumns)[number];

/** One row: a person in a variant, from their first exposure on. A person in two variants has two rows. */
export interface ExperimentUnit {
  readonly unit: string;
  /** `heldOut` for units that a holdout kept out. */
  readonly variant: string;
  readonly exposedAtMs: number;
  /** When they first met this variant; later than `exposedAtMs` where they met another before. */
  readonly metAtMs: number;
  /** Whose sessions belong together; given where units are sessions. */
  readonly cluster?: string;
  /** Parallel to `unitColumns`; NaN = not known. */
  readonly values: Float64Array;
}

/** The variant name of units that were held out. */
export const heldOut = '(held out)';

export interface UnitTableSettings {
  readonly isBySession: boolean;
  /** How long after its exposure a unit's outcomes count. */
  readonly maturityMs: number;
  /** How long before its exposure a unit's behaviour counts as known before. */
  readonly beforeMs: number;
  /** What an event earned, in the shop's currency; undefined = nobody said. */
  readonly marginOf: (event: ShopEvent) => number | undefined;
}

interface Order {
  readonly atMs: number;
  /** 1 = bought, −1 = given back. */
  readonly sign: 1 | -1;
  readonly worth: number;
  readonly margin: number;
}

/** What one name (a user, a device, or both on one event) did, until it is known whose it is: moments of all events, and the orders among them. */
interface Trace {
  readonly names: Pick<ShopEvent, 'userId' | 'anonymousId' | 'sessionId'>;
  readonly eventsMs: number[];
  readonly orders: Order[];
  /** Of a session: who was there first. */
  first?: { readonly atMs: number; readonly shopper: string };
}

interface Person {
  readonly firstMs: number;
  readonly variants: Map<string, number>;
  readonly score: number;
  readonly baseScore: number;
  readonly differs: number;
  cluster?: string;
  preEvents: number;
  readonly orders: Order[];
}

/** What an order is worth, or a refund takes back: the value that is said, else the sum of its items. */
export const worthOf = ({ value, items }: Pick<ShopEvent, 'value' | 'items'>): number =>
  value ?? items.reduce((sum, { price = 0, quantity }) => sum + price * quantity, 0);

type First = NonNullable<Trace['first']>;

/** The earlier of two, equal moments by name: the same whatever the order they come in. */
const earlier = (one: First | undefined, other: First): First =>
  one === undefined || other.atMs < one.atMs || (other.atMs === one.atMs && other.shopper < one.shopper) ? other : one;

/** What orders add up to, in an order of their own: equal orders give equal sums to the bit, however they came. */
function totalsOf(orders: readonly Order[]) {
  const totals = { orders: 0, revenue: 0, margin: 0 };
  for (const { sign, worth, margin } of orders.toSorted((a, b) => a.atMs - b.atMs || a.sign - b.sign || a.worth - b.worth)) {
    if (sign === 1) totals.orders++;
    totals.revenue += sign * worth;
    totals.margin += sign * margin;
  }
  return totals;
}

function valuesOf({ firstMs, preEvents, orders, score, baseScore, differs }: Person): Float64Array {
  const after = totalsOf(orders.filter(({ atMs }) => atMs >= firstMs));
  const before = totalsOf(orders.filter(({ atMs }) => atMs < firstMs));
  return Float64Array.of(
    ...[after.orders > 0 ? 1 : 0, after.orders, after.revenue, after.margin],
    ...[probabilityOf(score), score, differs, preEvents, before.orders, before.revenue, baseScore],
  );
}

/** The first exposure of each person is theirs; a later one adds its variant. */
function personsOf(exposures: readonly Exposure[], nameOf: (unit: string) => string): Map<string, Person> {
  const persons = new Map<string, Person>();
  for (const { unit, variant = heldOut, exposedAtMs, score, baseScore, differs } of exposures) {
    const name = nameOf(unit);
    const known = persons.get(name);
    const variants = known?.variants ?? new Map<string, number>();
    variants.set(variant, Math.min(exposedAtMs, variants.get(variant) ?? exposedAtMs));
    if (known !== undefined && known.firstMs <= exposedAtMs) continue;
    persons.set(name, {
      ...{ firstMs: exposedAtMs, variants, preEvents: 0, orders: [] },
      ...{ score: score ?? Number.NaN, baseScore: baseScore ?? Number.NaN },
      differs: differs === undefined ? Number.NaN : Number(differs),
    });
  }
  return persons;
}

/**
 * Makes a unit table: exposures first, then every event once, in any order. Outcomes are of [exposure, exposure + maturity), behaviour before of
 * [exposure − before, exposure); a refund takes from revenue and margin. Who is who is known when all logins are: until then it keeps a number for each
 * event, and a few for each order, of the span that any exposure asks about.
 */
export function openUnitTable({ isBySession, maturityMs, beforeMs, marginOf }: UnitTableSettings) {
  const people = openPeople(isBySession);
  const exposures: Exposure[] = [];
  const traces = new Map<string, Trace>();
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  function traceOf({ userId, anonymousId, sessionId }: ShopEvent): Trace {
    const key = JSON.stringify(isBySession ? [sessionId] : [userId, anonymousId]);
    const known = traces.get(key);
    if (known !== undefined) return known;
    const names = {
      ...(userId === undefined || isBySession ? {} : { userId }),
      ...(anonymousId === undefined || isBySession ? {} : { anonymousId }),
      ...(sessionId === undefined || !isBySession ? {} : { sessionId }),
    };
    const trace: Trace = { names, eventsMs: [], orders: [] };
    traces.set(key, trace);
    return trace;
  }

  function keep(event: ShopEvent): void {
    const { eventTimeMs: atMs, event: kind } = event;
    if (atMs < firstMs - beforeMs || atMs >= lastMs + maturityMs) return;
    const isOrder = kind === 'purchase' || kind === 'refund';
    // Of what is neither bought nor given back, only that it came before counts; and whose session it is.
    if (!isOrder && !isBySession && atMs >= lastMs) return;
    const trace = traceOf(event);
    if (isBySession) trace.first = earlier(trace.first, { atMs, shopper: shopperOf(event) });
    trace.eventsMs.push(atMs);
    // One order whose margin nobody knows makes the sum unknown; a guess would decide.
    if (isOrder)
      trace.orders.push({
        atMs,
        sign: kind === 'purchase' ? 1 : -1,
        worth: worthOf(event),
        margin: marginOf(event) ?? Number.NaN,
      });
  }

  function settled(): Map<string, Person> {
    const persons = personsOf(exposures, people.of);
    for (const trace of traces.values()) {
      const name = people.candidates(trace.names).find((one) => persons.has(one));
      const person = name === undefined ? undefined : persons.get(name)!;
      if (person === undefined) continue;
      if (trace.first !== undefined) person.cluster = trace.first.shopper;
      const isMeant = (atMs: number): boolean => atMs >= person.firstMs - beforeMs && atMs < person.firstMs + maturityMs;
      for (const atMs of trace.eventsMs) if (atMs < person.firstMs && isMeant(atMs)) person.preEvents++;
      for (const order of trace.orders) if (isMeant(order.atMs)) person.orders.push(order);
    }
    return persons;
  }

  return {
    expose(exposure: Exposure): void {
      people.bind(exposure);
      if (exposure.key !== exposure.unit) return;
      exposures.push(exposure);
      firstMs = Math.min(firstMs, exposure.exposedAtMs);
      lastMs = Math.max(lastMs, exposure.exposedAtMs);
    },
    /** Takes an event of the shop; those of nobody in the experiment are passed over. */
    take(event: ShopEvent): void {
      if (event.mark !== undefined) return;
      people.login(event);
      keep(event);
    },
    *rows(): Generator<ExperimentUnit> {
      for (const [unit, person] of settled()) {
        const { firstMs: exposedAtMs, variants, cluster = unit } = person;
        const values = valuesOf(person);
        for (const [variant, metAtMs] of variants)
          yield { unit, variant, exposedAtMs, metAtMs, values, ...(isBySession ? { cluster } : {}) };
      }
    },
  };
}
