import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookLine, type LedgerLine } from '../../../src/decisions/money/ledger-line.ts';
import { totalOf } from '../../../src/decisions/money/ledger-total.ts';
import type { LedgerUnit } from '../../../src/decisions/money/ledger-unit.ts';
import { whyNotRandom } from '../../../src/decisions/money/split-guard.ts';
import { openRandom } from '../../../src/simulation/random.ts';
import { dayMs, dayOf, drawUnits, firstDayMs, settings, toyShop, trueEffectCents } from './toy-shop.ts';

const runs = process.env.TILLCAST_LONG === '1' ? 200 : 50;
type Book = (units: readonly LedgerUnit[]) => LedgerLine;
const book: Book = (units) => bookLine(units, settings);

const drawn = Array.from({ length: runs }, (_, run) => {
  const { units } = drawUnits(toyShop, openRandom(`law/${run}`));
  const truth = new Map<string, number>();
  let sum = 0;
  for (const { isTreated, stratum, maturesAtMs } of units) {
    if (isTreated) sum += trueEffectCents(toyShop, stratum === 0 ? 1 : 2.5);
    truth.set(dayOf(maturesAtMs), sum);
  }
  return { units, truth };
});

/** Runs whose last day's interval holds the truth, and runs whose every day's does. */
function coverage(line: Book): { last: number; always: number } {
  const covered = { last: 0, always: 0 };
  for (const { units, truth } of drawn) {
    const holds = line(units).days.map(({ day, netCents: { low, high } }) => low <= truth.get(day)! && truth.get(day)! <= high);
    covered.last += Number(holds.at(-1));
    covered.always += Number(holds.every((one) => one));
  }
  return covered;
}

describe('the ledger of a shop whose truth is known', () => {
  it('holds the truth at the end, and on every day at once, in at least 92 % of the runs', () => {
    const { last, always } = coverage(book);
    expect(last).toBeGreaterThanOrEqual(0.92 * runs);
    expect(always).toBeGreaterThanOrEqual(0.92 * runs);
  });

  it('is caught where it counts every purchase of the treated, as if none would have come anyway', () => {
    const countsAll: Book = (units) =>
      book(units.map((unit) => (unit.isTreated ? unit : { ...unit, marginCents: unit.marginCents * 1e-9 })));
    expect(coverage(countsAll).last).toBeLessThanOrEqual(0.05 * runs);
  });

  it('is caught where it forgets that the split changed while shoppers did', () => {
    const pooled: Book = (units) => book(units.map((unit) => ({ ...unit, stratum: 0 })));
    expect(coverage(pooled).last).toBeLessThan(0.92 * runs);
  });
});

const unit = (over: Partial<LedgerUnit> = {}): LedgerUnit => ({
  ...{ isTreated: true, stratum: 0, maturesAtMs: firstDayMs, marginCents: 0, treatmentCents: 0, discountCents: 0 },
  ...over,
});

const anyUnit = fc.record({
  isTreated: fc.boolean(),
  stratum: fc.constantFrom(0, 1),
  maturesAtMs: fc.integer({ min: 0, max: 5 }).map((day) => firstDayMs + day * dayMs),
  marginCents: fc.integer({ min: -500, max: 9_000 }),
  treatmentCents: fc.integer({ min: 0, max: 50 }),
  discountCents: fc.integer({ min: 0, max: 900 }),
});

describe('a line', () => {
  it('adds up: net = incremental margin − treatment − discount, on every day', () => {
    fc.assert(
      fc.property(fc.array(anyUnit, { minLength: 20, maxLength: 80 }), (units) => {
        for (const day of book(units).days)
          expect(day.netCents.value).toBeCloseTo(
            day.incrementalMarginCents.value - day.treatmentCostCents - day.discountCostCents,
            5,
          );
      }),
    );
  });

  it('is what a calculation by hand says', () => {
    const [a, b] = [unit({ marginCents: 900, discountCents: 100, treatmentCents: 10 }), unit({ treatmentCents: 10 })];
    const others = [unit({ isTreated: false, marginCents: 400 }), unit({ isTreated: false }), unit({ isTreated: false })];
    const { treated, reference, ...day } = book([a, b, ...others]).days.at(-1)!;
    expect([treated, reference]).toEqual([2, 3]);
    // 2 × (900 / 2 − 400 / 3) = 633⅓, less 20 for giving it and 100 of discount.
    expect(day.incrementalMarginCents.value).toBeCloseTo(900 - 800 / 3, 9);
    expect([day.treatmentCostCents, day.discountCostCents]).toEqual([20, 100]);
    expect(day.netCents.value).toBeCloseTo(900 - 800 / 3 - 120, 9);
  });

  it('replays to the bit whatever the order of the units, and as of any day is the line of that day', () => {
    fc.assert(
      fc.property(fc.array(anyUnit, { minLength: 20, maxLength: 60 }), fc.nat(5), (units, day) => {
        const whole = book(units);
        expect(book(units.toReversed())).toEqual(whole);
        const asOfMs = firstDayMs + day * dayMs;
        const early = bookLine(units, { ...settings, asOfMs });
        expect(early.days).toEqual(whole.days.filter((one) => one.day <= dayOf(asOfMs)));
      }),
    );
  });

  it('says that it is not measurable yet, and how many shoppers and days are missing', () => {
    const { units } = drawUnits({ ...toyShop, units: 200, days: 4, treated: 0.1 }, openRandom(3));
    const line = book(units);
    expect(line.state).toBe('not_yet');
    expect(line.plan!.unitsMore).toBeGreaterThan(1_000);
    expect(line.plan!.daysMore).toBeGreaterThan(10);
    expect(line.reason).toMatch(/^not measurable yet: about [\d,]+ days and [\d,]+ shoppers more$/);
    expect(JSON.stringify(line)).not.toMatch(/p.?value|p =/i);
  });

  it('is measured by the plan alone where the interval still holds 0, however near', () => {
    const { units } = drawUnits({ ...toyShop, units: 300, treated: 0.1, discountShare: 0, contactCents: 0 }, openRandom(5));
    expect(bookLine(units, { ...settings, registeredUnits: 301 }).state).toBe('not_yet');
    const done = bookLine(units, { ...settings, registeredUnits: 300 });
    expect([done.state, done.reason]).toEqual(['measured', expect.stringMatching(/neither gain nor loss/)]);
  });

  it('waits for open windows, and refuses orders whose margin nobody knows', () => {
    const line = bookLine([unit(), unit({ maturesAtMs: firstDayMs + dayMs })], { ...settings, asOfMs: firstDayMs });
    expect([line.state, line.waiting]).toEqual(['not_yet', 1]);
    expect(line.reason).toMatch(/no units in control/);
    const unknown = book([unit({ marginCents: Number.NaN })]);
    expect([unknown.state, unknown.reason]).toEqual(['not_measurable', expect.stringMatching(/1 units.*shop\.margin/)]);
  });

  it('counts units that have nobody to be compared with, and leaves them out', () => {
    const alone = [unit({ stratum: 1, marginCents: 1e9 }), unit({ stratum: 1, marginCents: 1e9 })];
    const pair = [unit({ marginCents: 5 }), unit(), unit({ isTreated: false, marginCents: 3 }), unit({ isTreated: false })];
    expect(book([...alone, ...pair]).unmatched).toBe(2);
    expect(book([...alone, ...pair]).days).toEqual(book(pair).days);
  });
});

describe('the total', () => {
  const line = (seed: number) => book(drawUnits(toyShop, openRandom(seed)).units);

  it('adds lines, and takes serving off; one line alone keeps its interval', () => {
    const [a, b] = [line(1), line(2)];
    const serving = () => 700;
    const both = totalOf([a, b], serving, 0.05).days.at(-1)!;
    const [lastA, lastB] = [a.days.at(-1)!, b.days.at(-1)!];
    expect(both.netCents.value).toBeCloseTo(lastA.netCents.value + lastB.netCents.value - 700, 6);
    const half = (high: number, low: number) => (high - low) / 2;
    const alone = [lastA, lastB].map(({ netCents }) => half(netCents.high, netCents.low));
    expect(half(both.netCents.high, both.netCents.low)).toBeLessThan(alone[0]! + alone[1]!);
    expect(half(both.netCents.high, both.netCents.low)).toBeGreaterThan(Math.max(...alone));
    const one = totalOf([a], () => 0, 0.05).days.at(-1)!;
    expect(one.netCents).toEqual(lastA.netCents);
  });

  it('is not measurable where nobody says what serving costs, and not yet where no line has a figure', () => {
    expect(totalOf([line(1)], undefined, 0.05)).toMatchObject({
      state: 'not_measurable',
      reason: expect.stringMatching(/serving/),
    });
    expect(totalOf([], () => 0, 0.05).state).toBe('not_yet');
  });
});

describe('the guard of the split', () => {
  const side = (treated: number, reference: number) => [{ treated, reference, treatedShare: 0.9 }];

  it('believes what lots would do', () => {
    const random = openRandom('lots');
    let alarms = 0;
    for (let run = 0; run < 200; run++) {
      let treated = 0;
      for (let i = 0; i < 2_000; i++) treated += Number(random.uniform() < 0.9);
      if (whyNotRandom(side(treated, 2_000 - treated), 2) !== undefined) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(2);
  });

  it('catches a holdout that leaks: units on both sides, or fewer held out than designed', () => {
    expect(whyNotRandom(side(9_000, 950), 50)).toMatch(/50 of 1000 units.*leaks/);
    expect(whyNotRandom(side(9_300, 700), 0)).toMatch(/93.0 %.*90.0 % was designed/);
    expect(whyNotRandom([{ treated: 9_300, reference: 700, treatedShare: undefined }], 0)).toBeUndefined();
  });
});
