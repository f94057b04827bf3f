import type { ShopEvent } from '@tillcast/core/events/event';
import { openPeople, type People } from '@tillcast/core/experiments/people';
import { heldOut, openUnitTable, type UnitColumn, unitColumns } from '@tillcast/core/experiments/unit-table';
import type { Exposure } from '@tillcast/core/ports/exposure-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anEvent } from '../arbitraries/event.ts';
import { anExposure } from '../contract/exposure-log.ts';

const atMs = 1_000_000;
const maturityMs = 10_000;
const settings = { isBySession: false, maturityMs, beforeMs: 5_000, marginOf: ({ value }: ShopEvent) => (value ?? 0) / 2 };

const exposed = (unit: string, over: Partial<Exposure> = {}): Exposure =>
  anExposure({ key: unit, unit, exposedAtMs: atMs, ...over });
let ids = 0;
const event = (eventTimeMs: number, over: Partial<ShopEvent> = {}): ShopEvent => {
  const {
    userId: _u,
    anonymousId: _a,
    ...rest
  } = anEvent({ eventId: `e${ids++}`, eventTimeMs, receivedAtMs: eventTimeMs, items: [] });
  return { ...rest, ...over };
};
const purchase = (eventTimeMs: number, over: Partial<ShopEvent> = {}) =>
  event(eventTimeMs, { event: 'purchase', value: 10, ...over });

function rowsOf(exposures: readonly Exposure[], events: readonly ShopEvent[], over = {}) {
  const table = openUnitTable({ ...settings, ...over });
  for (const one of exposures) table.expose(one);
  for (const one of events) table.take(one);
  return [...table.rows()].map(({ values, metAtMs: _, ...row }) => ({
    ...row,
    ...(Object.fromEntries(unitColumns.map((name, index) => [name, values[index]])) as Record<UnitColumn, number>),
  }));
}

describe('the unit table', () => {
  it('counts what happened from the exposure to maturity, and what was known before', () => {
    const anonymousId = 'd1';
    const events = [
      purchase(atMs - 5_001, { anonymousId }),
      purchase(atMs - 5_000, { anonymousId }),
      event(atMs - 1, { anonymousId }),
      purchase(atMs, { anonymousId }),
      purchase(atMs + 9_999, { anonymousId }),
      event(atMs + 5, { anonymousId, event: 'refund', value: 3 }),
      purchase(atMs + 10_000, { anonymousId }),
      purchase(atMs + 1, { anonymousId: 'somebody else' }),
    ];
    expect(rowsOf([exposed('a:d1', { score: 0, baseScore: -1, differs: true })], events)).toEqual([
      {
        ...{ unit: 'a:d1', variant: 'one', exposedAtMs: atMs, conversion: 1, orders: 2, revenue: 17, margin: 8.5 },
        ...{ purchase_probability: 0.5, log_odds: 0, differs: 1, pre_events: 2, pre_orders: 1, pre_revenue: 10, pre_score: -1 },
      },
    ]);
  });

  it('follows a login: what the user buys elsewhere counts for the device that was exposed', () => {
    const login = event(atMs + 1, { anonymousId: 'd1', userId: 'ana' });
    const bought = purchase(atMs + 2, { userId: 'ana' });
    expect(rowsOf([exposed('a:d1')], [login, bought])).toMatchObject([{ unit: 'u:ana', orders: 1 }]);
    expect(rowsOf([exposed('a:d1')], [bought])).toMatchObject([{ unit: 'a:d1', orders: 0 }]);
    const bound = anExposure({ key: 'u:ana', unit: 'a:d1', exposedAtMs: atMs });
    expect(rowsOf([exposed('a:d1'), bound], [bought])).toMatchObject([{ unit: 'u:ana', orders: 1 }]);
  });

  it('leaves a device that two people use to itself', () => {
    const logins = ['ana', 'ben'].map((userId) => event(atMs + 1, { anonymousId: 'd1', userId }));
    const rows = rowsOf([exposed('a:d1')], [...logins, purchase(atMs + 2, { userId: 'ana' })]);
    expect(rows).toMatchObject([{ unit: 'a:d1', orders: 0 }]);
  });

  it('shows a person in two variants in both, and in one variant twice only once', () => {
    const login = event(atMs + 1, { anonymousId: 'd1', userId: 'ana' });
    const both = rowsOf([exposed('a:d1'), exposed('u:ana', { variant: 'two', exposedAtMs: atMs + 50 })], [login]);
    expect(both.map(({ unit, variant }) => [unit, variant])).toEqual([
      ['u:ana', 'one'],
      ['u:ana', 'two'],
    ]);
    const once = rowsOf([exposed('a:d1', { exposedAtMs: atMs + 50 }), exposed('u:ana')], [login]);
    expect(once).toMatchObject([{ unit: 'u:ana', exposedAtMs: atMs }]);
  });

  it('names those held out, and says where a margin is not known', () => {
    const { variant: _, ...held } = exposed('a:d2');
    const rows = rowsOf([held, exposed('a:d1')], [purchase(atMs, { anonymousId: 'd1' })], { marginOf: () => undefined });
    expect(rows.map(({ variant, margin }) => [variant, margin])).toEqual([
      [heldOut, 0],
      ['one', Number.NaN],
    ]);
  });

  const ids = fc.constantFrom('d1', 'd2', 'd3');
  const user = fc.option(fc.constantFrom('ana', 'ben'), { nil: undefined });
  const someEvent = fc
    .tuple(fc.integer({ min: -9, max: 15 }), ids, user, fc.boolean())
    .map(([step, anonymousId, userId, buys]) =>
      (buys ? purchase : event)(atMs + step * 1_000, { anonymousId, ...(userId === undefined ? {} : { userId }) }),
    );
  const exposures = fc.uniqueArray(
    fc
      .tuple(ids, fc.constantFrom('one', 'two'), fc.nat(9))
      .map(([id, variant, step]) => exposed(`a:${id}`, { variant, exposedAtMs: atMs + step * 7 })),
    { selector: ({ unit }) => unit },
  );
  type Row = Pick<ReturnType<typeof rowsOf>[number], 'unit' | 'variant' | 'orders' | 'pre_events'>;
  const sorted = (rows: readonly Row[]) =>
    rows
      .map(({ unit, variant, orders, pre_events }) => ({ unit, variant, orders, pre_events }))
      .sort((a, b) => (`${a.unit} ${a.variant}` < `${b.unit} ${b.variant}` ? -1 : 1));
  const events = fc.array(someEvent, { maxLength: 12 });

  it('does not depend on the order in which exposures and events come', () => {
    fc.assert(
      fc.property(exposures, events, (given, some) => {
        expect(rowsOf(given.toReversed(), some.toReversed()).toSorted(byName)).toEqual(rowsOf(given, some).toSorted(byName));
      }),
    );
  });
  const byName = (a: { unit: string; variant: string }, b: { unit: string; variant: string }) =>
    `${a.unit} ${a.variant}` < `${b.unit} ${b.variant}` ? -1 : 1;

  /** By definition: first who is who, from all logins; then each event for whoever did it. */
  function byTwoReadings(
    given: readonly Exposure[],
    some: readonly ShopEvent[],
    login = (people: People) => some.forEach(people.login),
  ) {
    const people = openPeople(false);
    given.forEach(people.bind);
    login(people);
    const firstOf = new Map<string, number>();
    for (const { unit, exposedAtMs } of given)
      firstOf.set(people.of(unit), Math.min(exposedAtMs, firstOf.get(people.of(unit)) ?? exposedAtMs));
    const counts = new Map([...firstOf.keys()].map((name) => [name, { orders: 0, pre_events: 0 }]));
    for (const one of some) {
      people.login(one);
      const name = people.candidates(one).find((candidate) => firstOf.has(candidate));
      if (name === undefined) continue;
      const sinceMs = one.eventTimeMs - firstOf.get(name)!;
      if (sinceMs < 0 && sinceMs >= -5_000) counts.get(name)!.pre_events++;
      if (sinceMs >= 0 && sinceMs < maturityMs && one.event === 'purchase') counts.get(name)!.orders++;
    }
    const rows = new Map(
      given.map(({ unit, variant }) => [`${people.of(unit)} ${variant}`, { unit: people.of(unit), variant: variant! }]),
    );
    return sorted([...rows.values()].map((row) => ({ ...row, ...(counts.get(row.unit) ?? { orders: -1, pre_events: -1 }) })));
  }
  const agrees = (by: typeof byTwoReadings, login?: (people: People) => void) =>
    fc.check(
      fc.property(exposures, events, (given, some) => {
        expect(by(given, some, login)).toEqual(sorted(rowsOf(given, some)));
      }),
      { seed: 3, numRuns: 300 },
    ).failed;

  it('reads events once and finds what two readings find', () => expect(agrees(byTwoReadings)).toBe(false));

  it('planted: an event counted for whoever it seems to be of before all logins are known is found', () =>
    expect(agrees(byTwoReadings, () => {})).toBe(true));
});
