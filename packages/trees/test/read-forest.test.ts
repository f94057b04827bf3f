import { describe, expect, it } from 'vitest';
import { readForest } from '../src/read-forest.ts';
import { fixtureNames, readFixture } from './fixture.ts';

describe('what a file implies', () => {
  it('XGBoost’s base margin is the logit of base_score, in float32, within an ulp of the library’s', () => {
    for (const name of fixtureNames.filter((fixture) => fixture.startsWith('xgboost'))) {
      const { model, expected } = readFixture(name);
      const margin = expected.base_margin!;
      expect(Math.abs(readForest(model).baseMargin - margin)).toBeLessThanOrEqual(Math.abs(margin) * 2 ** -23);
    }
  });

  it('the given base margin wins', () => {
    expect(readForest(readFixture('xgboost-default').text, { baseMargin: -2 }).baseMargin).toBe(-2);
  });

  it('a Booster’s file uses every tree, the scikit-learn wrapper’s stops at the best round', () => {
    const trees = (name: string) => {
      const { text } = readFixture(name);
      const model = JSON.parse(text).learner;
      return {
        used: readForest(text).treeCount,
        held: model.gradient_booster.model.trees.length,
        best: Number(model.attributes.best_iteration) + 1,
      };
    };
    const booster = trees('xgboost-early-stopping');
    const wrapper = trees('xgboost-early-stopping-wrapper');
    expect(booster.best).toBeLessThan(booster.held);
    expect(booster.used).toBe(booster.held);
    expect(wrapper.best).toBeLessThan(wrapper.held);
    expect(wrapper.used).toBe(wrapper.best);
  });

  it('feature names are the model’s, or none', () => {
    expect(readForest(readFixture('lightgbm-missing').text).featureNames).toEqual([]);
    expect(readForest(readFixture('catboost-stump').text).featureNames).toEqual([]);
    expect(readForest(readFixture('xgboost-missing').text).featureNames).toEqual([]);
    expect(readForest(readFixture('lightgbm-default').text).featureNames).toEqual([
      'feature_a',
      'feature_b',
      'feature_c',
      'feature_d',
      'feature_e',
    ]);
  });
});
