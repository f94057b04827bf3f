import { fitBlend, referenceWeights, SMALLEST_LAMBDA, softBlend } from '@tillcast/core/learning/blend';
import { logLoss } from '@tillcast/core/learning/metrics';
import { fitStack } from '@tillcast/core/learning/stack';
import { blendScores } from '@tillcast/core/scoring/blend-log-odds';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openShop, seenBy } from './shop.ts';

const shop = openShop('blend', 3000);
const { labels, groups } = shop;
const good = seenBy(shop, 'good', 1, 0.5);
const also = seenBy(shop, 'also', 1, 0.5);
const noise = seenBy(shop, 'noise', 0, 1);
const forest = seenBy(shop, 'forest', 1, 0.7).map(probabilityOf);

describe('the learnt blend', () => {
  it('lies on the simplex, with a positive slope and a shrunken forest', () => {
    const blend = fitBlend({ catboost: good, xgboost: also, random_forest: forest }, labels, groups);
    const weights = Object.values(blend.weights);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(weights.every((weight) => weight >= 0)).toBe(true);
    expect(blend.platt.slope).toBeGreaterThan(0);
    expect(blend.forestShrinkage.lambda).toBeGreaterThanOrEqual(SMALLEST_LAMBDA);
  });

  it('beats each member on new rows, and equal members share about equally', () => {
    const blend = fitBlend({ catboost: good, xgboost: also }, labels, groups);
    expect(Math.abs(blend.weights.catboost! - 0.5)).toBeLessThan(0.15);
    const fresh = openShop('fresh', 3000);
    const raw = { catboost: seenBy(fresh, 'a', 1, 0.5), xgboost: seenBy(fresh, 'b', 1, 0.5) };
    const ours = logLoss(blendScores(blend, raw, fresh.labels.length), fresh.labels);
    for (const [name, scores] of Object.entries({ catboost: good, xgboost: also })) {
      const alone = fitBlend({ [name]: scores }, labels, groups);
      expect(ours).toBeLessThan(
        logLoss(blendScores(alone, { [name]: raw[name as keyof typeof raw] }, fresh.labels.length), fresh.labels),
      );
    }
  });

  it('gives a worthless member next to nothing', () => {
    const blend = fitBlend({ catboost: good, xgboost: also, lightgbm: noise }, labels, groups);
    expect(blend.weights.lightgbm).toBeLessThan(0.05);
  });

  it('learns a unanimous forest’s doubt: overconfident probabilities are shrunk more', () => {
    const sure = forest.map((p) => (p > 0.5 ? 1 : p < 0.02 ? 0 : p));
    const blend = fitBlend({ random_forest: sure }, labels, groups);
    expect(blend.forestShrinkage.lambda).toBeGreaterThan(SMALLEST_LAMBDA);
    expect(blendScores(blend, { random_forest: sure }, labels.length).every(Number.isFinite)).toBe(true);
  });

  it('few buyers: weights stay near equal rather than follow noise', () => {
    const few = openShop('few', 400, 2, -3.5, 0.7);
    const raw = { catboost: seenBy(few, 'a', 1, 0.5), xgboost: seenBy(few, 'b', 1, 0.5), lightgbm: seenBy(few, 'c', 1, 0.5) };
    const { weights } = fitBlend(raw, few.labels, few.groups);
    for (const weight of Object.values(weights)) expect(Math.abs(weight - 1 / 3)).toBeLessThan(0.05);
  });

  it('is deterministic', () => {
    const raw = { catboost: good, random_forest: forest };
    expect(fitBlend(raw, labels, groups)).toEqual(fitBlend(raw, labels, groups));
  });

  it('refuses scores that are missing, not finite or of another length', () => {
    expect(() => fitBlend({}, labels, groups)).toThrowError(/at least one member/);
    expect(() => fitBlend({ catboost: good.subarray(1) }, labels, groups)).toThrowError(/catboost has/);
    expect(() => fitBlend({ catboost: good.with(3, Number.NaN) }, labels, groups)).toThrowError(/row 3/);
  });
});

describe('the soft blend', () => {
  it('shares the reference weights out over the members there are', () => {
    const { weights, kind } = softBlend({ catboost: good, random_forest: forest }, labels, groups);
    expect(kind).toBe('soft');
    expect(weights.catboost! / weights.random_forest!).toBeCloseTo(
      referenceWeights.catboost / referenceWeights.random_forest,
      12,
    );
    expect(weights.catboost! + weights.random_forest!).toBeCloseTo(1, 12);
  });
});

describe('the stack', () => {
  const arbitrary = fc.array(
    fc.tuple(fc.double({ min: -8, max: 8, noNaN: true }), fc.double({ min: -8, max: 8, noNaN: true }), fc.constantFrom(0, 1)),
    {
      minLength: 5,
      maxLength: 60,
    },
  );

  it('finds no neighbour that is better: the solution is the minimum', () => {
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(1, 100), (rows, evenness) => {
        const sample = {
          members: [Float64Array.from(rows, ([a]) => a), Float64Array.from(rows, ([, b]) => b)],
          labels: rows.map(([, , y]) => y),
        };
        fc.pre(sample.labels.includes(0) && sample.labels.includes(1));
        // A member that separates the classes has no finite minimum; an opposing row gives it one.
        const bounded = {
          members: sample.members.map((z) => Float64Array.from([...z, 9, 9, -9, -9])),
          labels: [...sample.labels, 0, 1, 0, 1],
        };
        const { intercept, coefficients } = fitStack(bounded, evenness);
        const loss = (b: number, v: readonly number[]) => {
          const mean = (v[0]! + v[1]!) / 2;
          const penalty = (evenness / 2) * ((v[0]! - mean) ** 2 + (v[1]! - mean) ** 2);
          const z = bounded.labels.map((_, row) => b + v[0]! * bounded.members[0]![row]! + v[1]! * bounded.members[1]![row]!);
          return penalty + logLoss(z, bounded.labels) * z.length;
        };
        const best = loss(intercept, [...coefficients]);
        for (const [db, d0, d1] of [
          [1, 0, 0],
          [-1, 0, 0],
          [0, 1, 0],
          [0, -1, 0],
          [0, 0, 1],
          [0, 0, -1],
          [0, 1, 1],
          [0, 1, -1],
        ] as const) {
          const v = [Math.max(0, coefficients[0]! + 0.01 * d0), Math.max(0, coefficients[1]! + 0.01 * d1)];
          expect(loss(intercept + 0.01 * db, v)).toBeGreaterThanOrEqual(best - 1e-7);
        }
      }),
    );
  });
});
