import type { OpenedBundle } from '@tillcast/core/ports/model-registry';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { Parity } from '@tillcast/core/scoring/bundle/golden-gate';
import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { type Forest, LEAF } from '@tillcast/trees/forest';

/** The columns of the toy models. */
export const toyFeatures = ['session_cart_adds', 'price'] as const;

/** One tree by hand: a cart raises the score much, a price above 500 lowers it again. */
function forest(
  kind: 'lightgbm' | 'sklearn_forest',
  leaves: readonly [number, number, number],
  featureNames: readonly string[],
): Forest {
  return {
    kind,
    featureNames,
    featureCount: 2,
    treeCount: 1,
    roots: Int32Array.of(0),
    feature: Int32Array.of(0, LEAF, 1, LEAF, LEAF),
    value: Float64Array.of(0.5, leaves[0], 500, leaves[1], leaves[2]),
    left: Int32Array.of(1, LEAF, 3, LEAF, LEAF),
    right: Int32Array.of(2, LEAF, 4, LEAF, LEAF),
    missingGoesLeft: Uint8Array.of(1, 1, 1, 1, 1),
    zeroIsMissing: undefined,
    cover: Float64Array.of(100, 80, 20, 15, 5),
    arithmetic: 'f64',
    baseMargin: 0,
    divisor: 1,
    space: kind === 'lightgbm' ? 'log_odds' : 'probability',
  };
}

/** A toy ensemble of a boosted member and a forest. `lift` moves every answer, so that versions can be told apart. */
export function toyEnsemble(lift = 0, featureNames: readonly string[] = toyFeatures): Ensemble {
  return {
    featureNames,
    members: [
      { name: 'lightgbm', forest: forest('lightgbm', [-4.5, -0.5, -1.5], featureNames) },
      { name: 'random_forest', forest: forest('sklearn_forest', [0.01, 0.4, 0.2], featureNames) },
    ],
    blend: {
      kind: 'log_odds',
      weights: { lightgbm: 0.6, random_forest: 0.4 },
      platt: { slope: 0.95, intercept: lift },
      forestShrinkage: { lambda: 0.01, pi: 0.03 },
    },
  };
}

const parity: Parity = { rows: 0, raw: 0, contributions: 0 } as unknown as Parity;

/** A toy bundle as a registry would hand it out. */
export function toyBundle(
  version: string,
  { lift = 0, target = 'item' as Target, timeZone = 'UTC', featureNames = toyFeatures as readonly string[] } = {},
): OpenedBundle {
  const ensemble = toyEnsemble(lift, featureNames);
  return {
    folder: '',
    parity,
    ensemble,
    blend: ensemble.blend,
    manifest: {
      schema: 1,
      model: target,
      version,
      target,
      horizonMs: 86_400_000,
      label: 'label',
      timeZone,
      sessionGapMs: 1_800_000,
      features: featureNames,
      catalogueHash: 'toy',
      members: [
        { name: 'lightgbm', file: 'members/lightgbm.txt', rounds: 1, params: {} },
        { name: 'random_forest', file: 'members/random_forest.json', rounds: 1, params: {} },
      ],
      contentHash: 'toy',
      createdAt: '2026-11-20T12:00:00.000Z',
      seed: 1,
      data: { fromMs: 0, untilMs: 86_400_000, events: 100, rows: 100, positives: 3 },
      versions: {},
      metrics: { ensemble: { name: 'log_odds', log_loss: [0.1, 0.08, 0.12], roc_auc: [0.8, 0.7, 0.9] } },
    },
    reference: {
      madeAt: '2026-11-20T12:00:00.000Z',
      baseRate: 0.03,
      quantiles: { all: Array.from({ length: 100 }, (_, index) => -5 + index / 20) },
      bands: [
        { name: 'top 5 %', topShare: 0.05, minLogOdds: -1.2, rate: [0.2, 0.15, 0.25], rows: 50 },
        { name: 'top 25 %', topShare: 0.25, minLogOdds: -3, rate: [0.08, 0.06, 0.1], rows: 250 },
        { name: 'rest', topShare: 1, minLogOdds: -5, rate: [0.01, 0.005, 0.02], rows: 750 },
      ],
      features: {},
      categoryRates: { '': { rows: 1_000, positives: 30 } },
    },
  };
}
