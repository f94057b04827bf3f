import { fitBlend } from '@tillcast/core/learning/blend';
import { distilBlend, openTeacher } from '@tillcast/core/learning/distil-blend';
import { blendScores } from '@tillcast/core/scoring/blend-log-odds';
import type { Blend } from '@tillcast/core/scoring/ensemble';
import { probabilityOf, softplus } from '@tillcast/core/scoring/log-odds';
import { describe, expect, it } from 'vitest';
import { openShop, seenBy } from './shop.ts';

const shop = openShop('distil', 2_000);
const { labels, groups } = shop;
const blurred = (scores: Float64Array, seed: string, noise: number) => seenBy({ ...shop, truth: scores }, seed, 1, noise);
const catboost = seenBy(shop, 'catboost', 1, 0.6);
const forest = seenBy(shop, 'forest', 1, 0.5);
const whole = { catboost, random_forest: forest.map(probabilityOf) };
const smaller = { catboost, random_forest: blurred(forest, 'cut', 0.3).map(probabilityOf) };
const fit = { raw: whole, labels: Float64Array.from(labels), groups };
const teacher = openTeacher(fit);

/** Mean Kullback–Leibler divergence from the teacher, nats a row. */
function divergence(blend: Blend, raw: typeof whole): number {
  const [ours, theirs] = [blendScores(blend, raw, labels.length), blendScores(teacher.blend, whole, labels.length)];
  return (
    ours.reduce(
      (sum, z, row) => sum + softplus(z) - softplus(theirs[row]!) - teacher.probabilities[row]! * (z - theirs[row]!),
      0,
    ) / labels.length
  );
}

describe('a blend learnt from a larger ensemble', () => {
  it('of the same members is the ensemble itself', () => {
    const blend = distilBlend(whole, teacher)!;
    expect(blend.weights.catboost).toBeCloseTo(teacher.blend.weights.catboost!, 3);
    expect(blend.platt.slope).toBeCloseTo(teacher.blend.platt.slope, 3);
    expect(divergence(blend, whole)).toBeLessThan(1e-8);
  });

  it('of smaller members says more nearly what the ensemble says than one learnt from the labels, whatever their luck', () => {
    const pupil = divergence(distilBlend(smaller, teacher)!, smaller);
    expect(pupil).toBeLessThan(divergence(fitBlend(smaller, fit.labels, groups), smaller));
    for (const [weight, slope] of [
      [0.02, 0],
      [-0.02, 0],
      [0, 0.02],
      [0, -0.02],
    ] as const) {
      const { weights, platt, ...rest } = distilBlend(smaller, teacher)!;
      const moved = { catboost: weights.catboost! + weight, random_forest: weights.random_forest! - weight };
      expect(divergence({ ...rest, weights: moved, platt: { ...platt, slope: platt.slope + slope } }, smaller)).toBeGreaterThan(
        pupil,
      );
    }
  });

  it('gives nothing to a member that says nothing, and keeps the weights on the simplex', () => {
    const { weights, platt } = distilBlend({ ...smaller, lightgbm: seenBy(shop, 'noise', 0, 1) }, teacher)!;
    expect(weights.lightgbm).toBe(0);
    expect(weights.catboost! + weights.random_forest!).toBeCloseTo(1, 12);
    expect(platt.slope).toBeGreaterThan(0);
  });

  it('is undefined where no member goes with the ensemble', () => {
    expect(distilBlend({ catboost: catboost.map((z) => -z) }, teacher)).toBeUndefined();
  });

  it('is deterministic', () => expect(distilBlend(smaller, teacher)).toEqual(distilBlend(smaller, teacher)));
});
