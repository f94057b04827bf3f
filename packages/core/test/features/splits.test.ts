import { assignSplits, foldOf, type SplitInput, splitNames } from '@tillcast/core/learning/splits';
import { hash32 } from '@tillcast/core/learning/splits-hash';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const EMBARGO = splitNames.indexOf('embargo');

/** A table of `rows` rows, one a step; sessions hold neighbours, positives come every `every` rows. */
function table(rows: number, { every = 10, horizonMs = 50, stepMs = 10, sessionRows = 3 } = {}): SplitInput {
  const at = Array.from({ length: rows }, (_, row) => row);
  return {
    t: at.map((row) => row * stepMs),
    group: at.map((row) => row % 100),
    groups: Array.from({ length: 100 }, (_, code) => `shopper-${code}`),
    session: at.map((row) => Math.floor(row / sessionRows)),
    label: at.map((row) => (row % every === 0 ? 1 : 0)),
    ...{ horizonMs, seed: 1 },
  };
}

const shapes = fc.record({
  rows: fc.integer({ min: 0, max: 12_000 }),
  every: fc.integer({ min: 1, max: 40 }),
  horizonMs: fc.integer({ min: 1, max: 5_000 }),
  stepMs: fc.integer({ min: 0, max: 10 }),
  sessionRows: fc.integer({ min: 1, max: 500 }),
});

/** What is wrong with a split, in words. */
function faults({ t, session, horizonMs }: SplitInput, split: ArrayLike<number>): string[] {
  const found = new Set<string>();
  const splitOf = new Map<number, number>();
  let [latest, current] = [Number.NEGATIVE_INFINITY, -1];
  for (let row = 0; row < t.length; row++) {
    const name = split[row]!;
    if (name === EMBARGO) continue;
    if (name < current) found.add('windows out of order');
    if (name !== current && latest + horizonMs >= t[row]!) found.add('a horizon reaches into the next window');
    if ((splitOf.get(session[row]!) ?? name) !== name) found.add('a session straddles');
    splitOf.set(session[row]!, name);
    current = name;
    latest = t[row]!;
  }
  return [...found];
}

describe('splits', () => {
  it('lie in order, an embargo apart, and no session straddles two', () => {
    fc.assert(
      fc.property(shapes, ({ rows, ...shape }) => {
        const input = table(rows, shape);
        expect(faults(input, assignSplits(input).split)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('the check catches planted faults: no embargo, and straddling sessions', () => {
    const input = table(1_000, { sessionRows: 7 });
    const halves = input.session as number[];
    expect(
      faults(
        input,
        halves.map((_, row) => (row < 500 ? 0 : 4)),
      ),
    ).toEqual(['a horizon reaches into the next window', 'a session straddles']);
  });

  it('are all six with 500 positives, and train and test with fewer', () => {
    const many = assignSplits(table(20_000));
    expect(many.full).toBe(true);
    for (const name of splitNames) expect(many.counts[name].rows).toBeGreaterThan(0);
    const few = assignSplits(table(4_990));
    expect(few.full).toBe(false);
    expect(few.counts).toMatchObject({ stop: { rows: 0 }, blend: { rows: 0 }, validate: { rows: 0 } });
    expect(few.counts.test.rows / 4_990).toBeCloseTo(0.4, 2);
  });

  it('fall back to train and test where the horizon eats a window', () => {
    expect(assignSplits(table(10_000, { horizonMs: 20_000 })).full).toBe(false);
  });

  it('count every row once', () => {
    const { counts } = assignSplits(table(7_777));
    expect(Object.values(counts).reduce((sum, { rows }) => sum + rows, 0)).toBe(7_777);
  });
});

describe('folds', () => {
  it('never part a shopper, follow the seed alone, and are even', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `u:${index}`);
    const sizes = [0, 0, 0, 0, 0];
    for (const name of names) sizes[foldOf(name, 7)]!++;
    // Chi-squared with 4 degrees of freedom exceeds 23.5 once in 10,000.
    expect(sizes.reduce((sum, size) => sum + (size - 4_000) ** 2 / 4_000, 0)).toBeLessThan(23.5);
    expect(names.filter((name) => foldOf(name, 7) === foldOf(name, 8)).length).toBeLessThan(0.25 * names.length);
  });

  it('hash as MurmurHash3 does', () => {
    // Reference values of the canonical C++ over the UTF-16LE bytes: "" with seed 1, and two bytes "a\0" mixed as one tail.
    expect(hash32('', 0)).toBe(0);
    expect(hash32('', 1)).toBe(0x514e28b7);
  });
});
