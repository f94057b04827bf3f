import { dayPartOf } from '@tillcast/core/scoring/day-part';
import { expectedBehaviour, priorAnswer } from '@tillcast/core/scoring/prior';
import { referencePriorRules } from '@tillcast/core/scoring/prior-rules';
import { referenceProfile } from '@tillcast/core/scoring/reference';
import { describe, expect, it } from 'vitest';

/** 1,000 rows: shoes sell 10 %, on weekend evenings 30 %; bags 1 %; ten rows of a new category, one sold. */
const cells = [
  { category: 'shoes', hour: 10, isWeekend: false, rows: 400, positives: 40 },
  { category: 'shoes', hour: 20, isWeekend: true, rows: 100, positives: 30 },
  { category: 'bags', hour: 10, isWeekend: false, rows: 490, positives: 5 },
  { category: 'hats', hour: 10, isWeekend: false, rows: 10, positives: 5 },
];
const rows = cells.flatMap((cell) =>
  Array.from({ length: cell.rows }, (_, i) => ({ ...cell, label: Number(i < cell.positives) })),
);
const profile = referenceProfile({
  madeAt: '2026-11-23T00:00:00Z',
  logOdds: new Float64Array(rows.length),
  labels: rows.map(({ label }) => label),
  groups: rows.map((_, row) => row),
  rungs: rows.map(() => 'prior'),
  categories: rows.map(({ category }) => category),
  dayParts: rows.map(({ hour, isWeekend }) => dayPartOf(hour, isWeekend)),
  featureNames: [],
  rows: new Float32Array(),
});
const morning = { hour: 10, isWeekend: false };

describe('the prior rung', () => {
  it('without data answers the shipped rate, and says so', () => {
    const { probability, basis, rows: seen } = priorAnswer(undefined, { category: 'shoes', ...morning });
    expect([probability, basis, seen]).toEqual([referencePriorRules.baseRate, 'shipped', 0]);
  });

  it('with data answers the rate of category × time, the small cells drawn to the large', () => {
    const shoes = priorAnswer(profile, { category: 'shoes', ...morning });
    expect(shoes.basis).toBe('category_time');
    expect(Math.abs(shoes.probability - 0.1)).toBeLessThan(0.01);
    const evening = priorAnswer(profile, { category: 'shoes.sneakers', hour: 20, isWeekend: true });
    expect(evening.probability).toBeGreaterThan(0.2);
    expect(evening.probability).toBeLessThan(0.3);
    // Half of ten hats sold: too few to believe in a half.
    expect(priorAnswer(profile, { category: 'hats', ...morning }).probability).toBeLessThan(0.25);
  });

  it('an unknown category gets the shop’s rate at that time', () => {
    const { basis, probability } = priorAnswer(profile, { category: 'gardening', ...morning });
    expect(basis).toBe('time');
    // 50 of 900 rows at that time, drawn to 80 of 1,000.
    expect(probability).toBeGreaterThan(50 / 900);
    expect(probability).toBeLessThan(0.06);
    expect(priorAnswer(profile, morning).basis).toBe('time');
  });

  it.each(['constructor', '__proto__', 'toString'])('a category called %s finds no inherited member', (category) => {
    expect(Number.isFinite(priorAnswer(profile, { category, ...morning }).logOdds)).toBe(true);
  });
});

describe('expected behaviour', () => {
  it('is the reference design’s, multiplied where several rules hold', () => {
    const friday = expectedBehaviour(referencePriorRules, { category: 'electronics.audio', hour: 22, isWeekend: true });
    expect(friday.session_duration).toBeCloseTo(1.3 * 1.3 * 1.2, 12);
    expect(friday.events).toBeCloseTo(1.2 * 1.2, 12);
    expect(expectedBehaviour(referencePriorRules, { category: 'fashion', ...morning })).toEqual({ unique_products: 1.5 });
    expect(expectedBehaviour(referencePriorRules, { category: 'home', hour: 23, isWeekend: false })).toEqual({
      session_duration: 0.8,
    });
  });

  it('never moves the probability', () => {
    const quiet = { ...referencePriorRules, expectations: [] };
    const question = { category: 'shoes', hour: 20, isWeekend: true };
    expect(priorAnswer(profile, question, quiet).probability).toBe(priorAnswer(profile, question).probability);
  });

  it('is plain data: YAML and JSON can hold it', () => {
    expect(JSON.parse(JSON.stringify(referencePriorRules))).toEqual(referencePriorRules);
  });
});
