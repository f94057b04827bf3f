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

interface Person {
  firstMs: number;
  readonly variants: Map<string, number>;
  score: number;
  baseScore: number;
  differs: number;
  cluster: string | undefined;
  orders: number;
  revenue: number;
  margin: number;
  preEvents: number;
  preOrders: number;
  preRevenue: number;
}

/** What an order is worth, or a refund takes back: the value that is said, else the sum of its items. */
export const worthOf = ({ value, items }: Pick<ShopEvent, 'value' | 'items'>): number =>
  value ?? items.reduce((sum, { price = 0, quantity }) => sum + price * quantity, 0);

/**
 * Makes a unit table: exposures first, then who is who, then every event. Outcomes are of [exposure, exposure + maturity), behaviour before of
 * [exposure − before, exposure); a refund takes from revenue and margin. Events may come in any order.
 */
export function openUnitTable({ isBySession, maturityMs, beforeMs, marginOf }: UnitTableSettings) {
  const people = openPeople(isBySession);
  const exposures: Exposure[] = [];
  let persons: Map<string, Person> | undefined;

  function settled(): Map<string, Person> {
    if (persons !== undefined) return persons;
    persons = new Map();
    for (const { unit, variant = heldOut, exposedAtMs, score, baseScore, differs } of exposures) {
      const name = people.of(unit);
      const known = persons.get(name);
      if (known !== undefined && known.firstMs <= exposedAtMs) {
        if (!known.variants.has(variant)) known.variants.set(variant, exposedAtMs);
        continue;
      }
      const variants = known?.variants ?? new Map<string, number>();
      variants.set(variant, exposedAtMs);
      persons.set(name, {
        ...{ firstMs: exposedAtMs, variants, cluster: undefined, orders: 0, revenue: 0, margin: 0 },
        ...{ preEvents: 0, preOrders: 0, preRevenue: 0, score: score ?? Number.NaN, baseScore: baseScore ?? Number.NaN },
        differs: differs === undefined ? Number.NaN : Number(differs),
      });
    }
    return persons;
  }

  function note(person: Person, event: ShopEvent): void {
    const sinceMs = event.eventTimeMs - person.firstMs;
    if (sinceMs >= maturityMs || sinceMs < -beforeMs) return;
    if (isBySession) person.cluster ??= shopperOf(event);
    const isBefore = sinceMs < 0;
    if (isBefore) person.preEvents++;
    if (event.event !== 'purchase' && event.event !== 'refund') return;
    const sign = event.event === 'purchase' ? 1 : -1;
    if (isBefore) {
      if (sign === 1) person.preOrders++;
      person.preRevenue += sign * worthOf(event);
      return;
    }
    if (sign === 1) person.orders++;
    person.revenue += sign * worthOf(event);
    // One order whose margin nobody knows makes the sum unknown; a guess would decide.
    person.margin += sign * (marginOf(event) ?? Number.NaN);
  }

  const valuesOf = (person: Person): Float64Array =>
    Float64Array.of(
      person.orders > 0 ? 1 : 0,
      person.orders,
      person.revenue,
      person.margin,
      probabilityOf(person.score),
      person.score,
      person.differs,
      person.preEvents,
      person.preOrders,
      person.preRevenue,
      person.baseScore,
    );

  return {
    expose(exposure: Exposure): void {
      people.bind(exposure);
      if (exposure.key === exposure.unit) exposures.push(exposure);
    },
    login: people.login,
    /** Takes an event of the shop; those of nobody in the experiment are passed over. */
    take(event: ShopEvent): void {
      if (event.mark !== undefined) return;
      const known = settled();
      const name = people.candidates(event).find((one) => known.has(one));
      if (name !== undefined) note(known.get(name)!, event);
    },
    *rows(): Generator<ExperimentUnit> {
      for (const [unit, person] of settled()) {
        const values = valuesOf(person);
        const cluster = isBySession ? { cluster: person.cluster ?? unit } : {};
        for (const variant of person.variants.keys()) yield { unit, variant, exposedAtMs: person.firstMs, values, ...cluster };
      }
    },
  };
}
