import { combineExplanations } from '@tillcast/core/scoring/combine-explanations';
import type { Blend } from '@tillcast/core/scoring/ensemble';
import { openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { openBatchExplainer } from '@tillcast/core/scoring/explain-rows';
import { probabilityOf } from '@tillcast/core/scoring/log-odds';
import { scoreRow, scoreRows } from '@tillcast/core/scoring/score-row';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blends, names, reaches, rowOf } from './blends.ts';
import { FEATURES, growEnsemble } from './forests.ts';

describe('explaining a row', () => {
  it('base value + Σ contributions = the served log-odds, to 1e-9, however extreme the members', () => {
    let worst = 0;
    fc.assert(
      fc.property(blends, fc.string(), reaches, rowOf, (blend, seed, reach, row) => {
        const ensemble = growEnsemble(blend, seed, reach);
        const { baseValue, contributions, logOdds } = openEnsembleExplainer(ensemble).explain(Float32Array.from(row));
        const sum = contributions.reduce((total, value) => total + value, baseValue);
        worst = Math.max(worst, Math.abs(sum - scoreRow(ensemble, Float32Array.from(row)).logOdds));
        expect(logOdds).toBe(scoreRow(ensemble, Float32Array.from(row)).logOdds);
        expect(worst).toBeLessThanOrEqual(1e-9);
        expect(contributions.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('a batch is explained as its rows are, to 1e-6, and adds up', () => {
    fc.assert(
      fc.property(blends, fc.string(), fc.array(rowOf, { minLength: 1, maxLength: 19 }), (blend, seed, many) => {
        const ensemble = growEnsemble(blend, seed, 2);
        const rows = Float32Array.from(many.flat());
        const single = openEnsembleExplainer(ensemble);
        for (const [index, one] of openBatchExplainer(ensemble)(rows, many.length).entries()) {
          const alone = single.explain(rows, index * FEATURES);
          expect(one.logOdds).toBe(alone.logOdds);
          expect(one.baseValue).toBe(alone.baseValue);
          for (const [i, value] of one.contributions.entries())
            expect(Math.abs(value - alone.contributions[i]!)).toBeLessThanOrEqual(1e-6);
        }
      }),
      { numRuns: 150, seed: 9 },
    );
  });

  it('boosted members alone: contributions are the weighted, scaled sum of their own', () => {
    const blend: Blend = {
      kind: 'log_odds',
      weights: { catboost: 0.5, xgboost: 0.5 },
      platt: { slope: 2, intercept: 1 },
      forestShrinkage: { lambda: 1e-4, pi: 0.1 },
    };
    const { contributions, baseValue } = combineExplanations(blend, [
      { name: 'catboost', weight: 0.5, base: -1, raw: 1, contributions: Float64Array.of(2, 0) },
      { name: 'xgboost', weight: 0.5, base: -3, raw: -2, contributions: Float64Array.of(-1, 2) },
    ]);
    expect([...contributions]).toEqual([1, 2]);
    expect(baseValue).toBe(1 + 2 * -2);
  });

  it('a tiny forest contribution is carried by the derivative, where the quotient would be 0 / 0', () => {
    const blend: Blend = {
      kind: 'log_odds',
      weights: { random_forest: 1 },
      platt: { slope: 1, intercept: 0 },
      forestShrinkage: { lambda: 1e-4, pi: 0.1 },
    };
    const explain = (step: number) =>
      combineExplanations(blend, [
        { name: 'random_forest', weight: 1, base: 0.2, raw: 0.2 + step, contributions: Float64Array.of(0.3, step - 0.3) },
      ]).contributions[0]!;
    const limit = explain(0);
    expect(limit).toBeCloseTo(0.3 / (0.2 * 0.8), 2);
    for (const step of [1e-12, -1e-9, 1e-5, 1.7e-5, -1.6e-5]) expect(Math.abs(explain(step) / limit - 1)).toBeLessThan(1e-4);
  });

  it('contributions that do not add up are refused: a planted fault in one member', () => {
    const blend: Blend = {
      kind: 'log_odds',
      weights: { catboost: 1 },
      platt: { slope: 1, intercept: 0 },
      forestShrinkage: { lambda: 1e-4, pi: 0.1 },
    };
    const explain = (fault: number) =>
      combineExplanations(blend, [
        { name: 'catboost', weight: 1, base: -1, raw: 1, contributions: Float64Array.of(1.5, 0.5 + fault) },
      ]);
    expect(explain(1e-12).logOdds).toBe(1);
    expect(() => explain(2e-9)).toThrowError(expect.objectContaining({ code: 'EXPLANATION_BROKEN' }));
    expect(() => explain(Number.NaN)).toThrowError(expect.objectContaining({ code: 'EXPLANATION_BROKEN' }));
  });
});

describe('scoring', () => {
  it('many rows say, bit for bit, what each row says', () => {
    fc.assert(
      fc.property(blends, fc.string(), fc.array(rowOf, { minLength: 1, maxLength: 5 }), (blend, seed, rows) => {
        const ensemble = growEnsemble(blend, seed, 2);
        const flat = Float32Array.from(rows.flat());
        const { logOdds } = scoreRows(ensemble, flat, rows.length);
        rows.forEach((_, i) => {
          expect(scoreRow(ensemble, flat, i * FEATURES).logOdds).toBe(logOdds[i]);
        });
      }),
    );
  });

  it('a probability is in (0, 1) at sane log-odds, agreement in [0, 1], members without weight are not scored', () => {
    fc.assert(
      fc.property(blends, fc.string(), reaches, rowOf, (blend, seed, reach, row) => {
        const score = scoreRow(growEnsemble(blend, seed, reach), Float32Array.from(row));
        expect(score.probability).toBe(probabilityOf(score.logOdds));
        expect(score.agreement).toBeGreaterThanOrEqual(0);
        expect(score.agreement).toBeLessThanOrEqual(1);
        expect(Object.keys(score.members)).toEqual(names.filter((name) => blend.weights[name]! > 0));
      }),
    );
  });

  it('soft is the mean of probabilities, then calibrated', () => {
    const blend: Blend = {
      kind: 'soft',
      weights: { catboost: 0.4, xgboost: 0.3, lightgbm: 0.2, random_forest: 0.1 },
      platt: { slope: 1, intercept: 0 },
      forestShrinkage: { lambda: 1e-4, pi: 0.1 },
    };
    const ensemble = growEnsemble(blend, 'soft', 1);
    const { members, probability } = scoreRow(ensemble, Float32Array.of(0.1, -0.2, 0.3, 0, 0.9));
    const forest = (1 - 1e-4) * members.random_forest! + 1e-4 * 0.1;
    expect(probability).toBeCloseTo(
      0.4 * members.catboost! + 0.3 * members.xgboost! + 0.2 * members.lightgbm! + 0.1 * forest,
      14,
    );
  });

  it('a blend that weighs a member the ensemble lacks is refused', () => {
    const blend: Blend = {
      kind: 'log_odds',
      weights: { catboost: 1 },
      platt: { slope: 1, intercept: 0 },
      forestShrinkage: { lambda: 1e-4, pi: 0.1 },
    };
    const ensemble = { ...growEnsemble(blend, 'x', 1), members: [] };
    expect(() => scoreRow(ensemble, new Float32Array(FEATURES))).toThrowError(/catboost/);
  });
});
