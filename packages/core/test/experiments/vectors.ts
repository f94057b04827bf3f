import { assign, type Split } from '@tillcast/core/experiments/assign';
import { assignmentVersion, type Purpose, positionOf } from '@tillcast/core/experiments/position';

const purposes: readonly Purpose[] = ['variant', 'exposure', 'layer', 'holdout'];
const salts = ['model_comparison_2024', 's', 'checkout-2026.b'];
const units = [
  'a:d-77f2',
  'u:ana',
  's:s-20261120-1042',
  'a:',
  'u:Ünïcödé',
  'a:😀',
  'u:漢字',
  `a:${'x'.repeat(256)}`,
  'a:1',
  'a:12',
  'a:123',
];

/** Experiments as the vectors assign them: the reference one, and one that uses every part of a split. */
export const vectorSplits: Readonly<Record<string, Split>> = {
  model_comparison_2024: {
    salt: 'model_comparison_2024',
    variants: [{ name: 'catboost' }, { name: 'xgboost' }, { name: 'ensemble' }],
    weights: [0.33, 0.33, 0.34],
    exposureShare: 1,
    layers: [],
  },
  everything: {
    salt: 'everything',
    variants: [{ name: 'control' }, { name: 'never' }, { name: 'treatment' }],
    weights: [0.7, 0, 0.3],
    exposureShare: 0.5,
    layers: [
      { layer: 'checkout', from: 0.1, to: 0.9 },
      { layer: 'pricing', from: 0, to: 0.75 },
    ],
    holdout: { name: 'global', share: 0.05 },
  },
};

/** The vectors of fixtures/assignments.json: what every implementation of this version must answer. */
export function assignmentVectors() {
  const positions = purposes.flatMap((purpose) =>
    salts.flatMap((salt) => units.map((unit) => ({ purpose, salt, unit, position: positionOf(purpose, salt, unit) }))),
  );
  const experiments = Object.entries(vectorSplits).map(([name, split]) => ({
    name,
    salt: split.salt,
    variants: split.variants.map((variant) => variant.name),
    weights: split.weights,
    exposure_share: split.exposureShare,
    layers: split.layers,
    holdout: split.holdout ?? null,
    assignments: Array.from({ length: 200 }, (_, n) => {
      const unit = `a:d-${n}`;
      const assignment = assign(split, unit);
      return [unit, assignment.variant ?? null, assignment.variant === undefined ? assignment.reason : null];
    }),
  }));
  return {
    version: assignmentVersion,
    position: 'MurmurHash3_x86_32(UTF-8 of purpose + "\\n" + salt + "\\n" + unit, seed 0) / 2^32',
    positions,
    experiments,
  };
}

/** Run by itself, this file prints the vectors: `node packages/core/test/experiments/vectors.ts > fixtures/assignments.json`. */
if (import.meta.main) process.stdout.write(`${JSON.stringify(assignmentVectors(), null, 1)}\n`);
