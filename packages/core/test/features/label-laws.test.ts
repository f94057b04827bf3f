import { compareEvents, type ShopEvent } from '@tillcast/core/events/event';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openRowBuilder, type RowTable } from '@tillcast/core/learning/rows';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyHistory, anyLinkedHistory, inKnowableOrder, LATENESS_MS, START_MS } from './histories.ts';
import { type OracleOptions, type OracleRow, oracleRows } from './label-oracle.ts';

const numRuns = 2 * Number(process.env.TILLCAST_LAW_RUNS ?? (process.env.TILLCAST_LONG ? 20_000 : 300));
const HOUR_MS = 3_600_000;

function build(events: readonly ShopEvent[], options: OracleOptions & { readonly engine?: FeatureEngine }): RowTable {
  const builder = openRowBuilder({ ...options, timeZone: 'UTC', allowedLatenessMs: LATENESS_MS }, () => {});
  for (const event of events) builder.push(event);
  return builder.finish();
}

function plainRows(table: RowTable): OracleRow[] {
  const text = (texts: readonly string[], code: number) => (code < 0 ? null : texts[code]!);
  return Array.from({ length: table.rows }, (_, row) => ({
    t: table.t[row]!,
    group: table.groups[table.group[row]!]!,
    session: table.sessions[table.session[row]!]!,
    item: text(table.items, table.item[row]!),
    label: table.label[row]!,
    labelNet: table.labelNet[row] === -1 ? null : table.labelNet[row]!,
  }));
}

/** Small amounts, so that returns really use purchases up. */
const inSmallAmounts = (events: readonly ShopEvent[]): ShopEvent[] =>
  events.map((event) => ({ ...event, items: event.items.map((line) => ({ ...line, quantity: Math.min(line.quantity, 3) })) }));
const history = anyHistory(30).map(inSmallAmounts);
const linked = anyLinkedHistory(30).map(inSmallAmounts);

const options = fc.record({
  target: fc.constantFrom('item' as const, 'session' as const),
  horizonMs: fc.constantFrom(1, 60_000, HOUR_MS, 24 * HOUR_MS),
  refundWindowMs: fc.constantFrom(1, HOUR_MS, 72 * HOUR_MS),
  untilMs: fc.constantFrom(Number.POSITIVE_INFINITY, START_MS + 2 * HOUR_MS, START_MS + 60 * HOUR_MS),
});

describe('rows and labels', () => {
  it('are those of the definition, spelled out in O(n²)', () => {
    fc.assert(
      fc.property(history, options, (events, asked) => {
        expect(plainRows(build(inKnowableOrder(events), asked))).toEqual(events.length === 0 ? [] : oracleRows(events, asked));
      }),
      { numRuns },
    );
  });

  it('join who logs in with who they were before, as the definition says', () => {
    fc.assert(
      fc.property(linked, options, (events, asked) => {
        expect(plainRows(build(inKnowableOrder(events), asked))).toEqual(events.length === 0 ? [] : oracleRows(events, asked));
      }),
      { numRuns },
    );
  });

  it('and two people to whom no login says so stay two: the definition catches it', () => {
    const isRight = fc.property(linked, options, (events, asked) => {
      fc.pre(events.length > 0);
      const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs: LATENESS_MS });
      const deaf = Object.create(engine, { appliedDevice: { value: undefined } }) as FeatureEngine;
      const built = plainRows(build(inKnowableOrder(events), { ...asked, engine: deaf }));
      return JSON.stringify(built) === JSON.stringify(oracleRows(events, asked));
    });
    expect(fc.check(isRight, { numRuns: 1_000, seed: 1 }).failed).toBe(true);
  });

  it.each([
    ['within the horizon', 30, [1, 1]],
    ['after it has closed', 90, [0, 1]],
  ])('counts what the user bought elsewhere for a visitor who logs in %s', (_, minutes, expected) => {
    const nobody = { userId: undefined, anonymousId: 'phone', sessionId: undefined } as const;
    const events = [
      { ...view(0), ...nobody },
      { ...view(1_000), sessionId: 'desk' },
      { ...bought(600_000), sessionId: 'desk' },
      { ...view(minutes * 60_000), anonymousId: 'phone', items: [] },
      { ...view(4 * HOUR_MS), items: [] },
    ] as ShopEvent[];
    const table = build(events, { target: 'item', horizonMs: HOUR_MS, refundWindowMs: HOUR_MS });
    expect(plainRows(table).map(({ label }) => label)).toEqual(expected);
    // Whenever the login came: nobody is in two folds.
    expect(plainRows(table).map(({ group }) => group)).toEqual(['u:ana', 'u:ana']);
  });

  it('a session goes on as the same one through the login, and ends for the rows with what it buys', () => {
    const nobody = { userId: undefined, anonymousId: 'phone' } as const;
    const events = [
      { ...view(0), ...nobody },
      { ...view(60_000), anonymousId: 'phone' },
      { ...bought(120_000), anonymousId: 'phone' },
      view(180_000),
      view(9 * HOUR_MS),
    ] as ShopEvent[];
    const rows = plainRows(build(events, { target: 'session', horizonMs: HOUR_MS, refundWindowMs: HOUR_MS }));
    expect(rows.map(({ session, label }) => [session, label])).toEqual([
      ['u:ana/s', 1],
      ['u:ana/s', 1],
    ]);
  });

  it.each([
    [
      'purchases before the row count too',
      (rows: OracleRow[], events: ShopEvent[]) => mark(rows, events, (p, row) => p.eventTimeMs <= row.t),
    ],
    ['the horizon has no end', (rows: OracleRow[], events: ShopEvent[]) => mark(rows, events, (p, row) => p.eventTimeMs > row.t)],
  ])('the oracle catches a planted fault: %s', (_, spoil) => {
    const asked = { target: 'item', horizonMs: 60_000, refundWindowMs: HOUR_MS } as const;
    const isRight = fc.property(history, (events) => {
      const right = events.length === 0 ? [] : oracleRows(events, asked);
      return JSON.stringify(spoil(right, events)) === JSON.stringify(right);
    });
    expect(fc.check(isRight, { numRuns: 1_000, seed: 1 }).failed).toBe(true);
  });

  it('leaves out a row whose horizon ends after the data, and counts it', () => {
    const events = [view(0), view(HOUR_MS), view(2 * HOUR_MS)];
    const { counts, t } = build(events, { target: 'item', horizonMs: HOUR_MS, refundWindowMs: HOUR_MS });
    expect([...t]).toEqual([START_MS, START_MS + HOUR_MS]);
    expect(counts).toMatchObject({ events: 3, rows: 2, censored: 1, positives: 0 });
  });

  it('sees as many censored rows whether the end is given or found', () => {
    fc.assert(
      fc.property(history, (events) => {
        fc.pre(events.length > 0);
        const ordered = inKnowableOrder(events);
        const asked = { target: 'item', horizonMs: HOUR_MS, refundWindowMs: HOUR_MS } as const;
        const found = build(ordered, asked);
        const given = build(ordered, { ...asked, untilMs: found.dataUntilMs });
        expect(given.counts).toEqual(found.counts);
        expect(plainRows(given)).toEqual(plainRows(found));
      }),
      { numRuns: numRuns / 4 },
    );
  });

  it('takes a returned purchase out of label_net only, and only once its window has closed', () => {
    const events = [view(0), bought(1_000), view(2_000), returned(3_000), view(4 * HOUR_MS)];
    const asked = { target: 'item', horizonMs: HOUR_MS } as const;
    expect(
      plainRows(build(events, { ...asked, refundWindowMs: HOUR_MS })).map(({ label, labelNet }) => [label, labelNet]),
    ).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(plainRows(build(events, { ...asked, refundWindowMs: 1_000 })).map(({ label, labelNet }) => [label, labelNet])).toEqual(
      [
        [1, 1],
        [0, 0],
      ],
    );
    expect(plainRows(build(events, { ...asked, refundWindowMs: 9 * HOUR_MS })).map(({ labelNet }) => labelNet)).toEqual([
      null,
      null,
    ]);
  });

  it('refuses events out of knowable order', () => {
    expect(() => build([view(1), view(0)], { target: 'item', horizonMs: 1, refundWindowMs: 1 })).toThrow(/knowable order/);
  });
});

let made = 0;
const eventAt = (event: ShopEvent['event'], afterMs: number): ShopEvent => ({
  ...{ tenant: 'default', eventId: `e${made++}`, event, userId: 'ana', sessionId: 's', transactionId: 'order' },
  ...{ eventTimeMs: START_MS + afterMs, receivedAtMs: START_MS + afterMs, items: [{ itemId: 'shoe', quantity: 1 }] },
});
const view = (afterMs: number) => eventAt('view_item', afterMs);
const bought = (afterMs: number) => eventAt('purchase', afterMs);
const returned = (afterMs: number) => eventAt('refund', afterMs);

/** Labels that also count the purchases a fault lets in. */
const mark = (rows: OracleRow[], events: ShopEvent[], counts: (purchase: ShopEvent, row: OracleRow) => boolean): OracleRow[] => {
  const purchases = events.filter(({ event }) => event === 'purchase').sort(compareEvents);
  const buys = (purchase: ShopEvent, { group, item }: OracleRow) =>
    group.endsWith(purchase.userId ?? 'device') && purchase.items.some(({ itemId }) => itemId === item);
  return rows.map((row) => ({ ...row, label: purchases.some((p) => buys(p, row) && counts(p, row)) ? 1 : row.label }));
};
