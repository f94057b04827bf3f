import type { ShopEvent } from '@tillcast/core/events/event';
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

  it('does not depend on the order in which exposures and events come', () => {
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
    const sorted = (rows: ReturnType<typeof rowsOf>) =>
      rows.toSorted((a, b) => (`${a.unit} ${a.variant}` < `${b.unit} ${b.variant}` ? -1 : 1));
    fc.assert(
      fc.property(exposures, fc.array(someEvent, { maxLength: 12 }), (given, events) => {
        const straight = sorted(rowsOf(given, events));
        expect(sorted(rowsOf(given.toReversed(), events.toReversed()))).toEqual(straight);
      }),
    );
  });
});
