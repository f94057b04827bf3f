import { ModelFileError } from '../errors.ts';
import { previousFloat64 } from '../float32-grid.ts';
import { type Forest, LEAF, ZERO_THRESHOLD } from '../forest.ts';
import { type LooseTree, layOutForest } from '../lay-out.ts';
import type { ModelFormat } from './format.ts';
import { countOf, cutSections, numbersOf, type Section, textOf } from './lightgbm-sections.ts';

/** LightGBM's text (`Booster.save_model('model.txt')`): float64 thresholds and sums; the average is baked into the first tree. */
export const lightgbmText: ModelFormat = {
  name: 'LightGBM text',
  recognises: (head) => /^\s*tree\r?\n/.test(head) && /^version=/m.test(head),
  parse,
};

// decision_type in LightGBM's include/LightGBM/tree.h: bit 0 categorical, bit 1 default left, bits 2 and 3 the missing type.
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_NONE = 0;
const MISSING_ZERO = 1;
const MISSING_NAN = 2;

function parse(text: string): Forest {
  const { header, trees } = cutSections(text);
  checkHeader(header);
  const featureCount = countOf(header, 'max_feature_idx') + 1;
  return layOutForest(trees.map(readTree), {
    kind: 'lightgbm',
    featureNames: namesOf(header),
    featureCount,
    arithmetic: 'f64',
    baseMargin: 0,
    divisor: 1,
    space: 'log_odds',
  });
}

function checkHeader(header: Section): void {
  const version = textOf(header, 'version');
  if (version !== 'v3' && version !== 'v4') throw new ModelFileError(`file version "${version}" is not supported; v3 and v4 are`);
  if (header.has('average_output')) throw new ModelFileError('boosting "rf" is not supported; train with boosting "gbdt"');
  if (countOf(header, 'num_class') !== 1 || countOf(header, 'num_tree_per_iteration') !== 1) {
    throw new ModelFileError('models of several classes are not supported; train one binary model');
  }
  const objective = textOf(header, 'objective');
  if (objective !== 'binary sigmoid:1' && objective !== 'cross_entropy') {
    throw new ModelFileError(
      `the objective "${objective}" is not supported; train with "binary" and sigmoid 1, so that scores are log-odds`,
    );
  }
}

/** `Column_0 Column_1 …` is what LightGBM writes for data without names. */
function namesOf(header: Section): readonly string[] {
  const names = textOf(header, 'feature_names').split(' ').filter(Boolean);
  return names.every((name, index) => name === `Column_${index}`) ? [] : names;
}

function readTree(section: Section, index: number): LooseTree {
  try {
    return looseTree(section);
  } catch (error) {
    throw error instanceof ModelFileError ? error.at({ tree: index }) : error;
  }
}

function looseTree(section: Section): LooseTree {
  if (section.get('is_linear') === '1') throw new ModelFileError('linear trees are not supported; train with linear_tree=false');
  const leaves = countOf(section, 'num_leaves');
  const leafValue = numbersOf(section, 'leaf_value', leaves);
  const none: readonly number[] = [];
  if (leaves <= 1)
    return { size: leaves, feature: [LEAF], value: leafValue, left: none, right: none, missingGoesLeft: none, cover: [1] };
  const branches = leaves - 1;
  const thresholds = numbersOf(section, 'threshold', branches);
  const rules = numbersOf(section, 'decision_type', branches).map(ruleOf);
  // Branches keep their number; leaf ~i becomes node branches + i.
  const child = (key: string) => numbersOf(section, key, branches).map((to) => (to < 0 ? branches - to - 1 : to));
  return {
    size: branches + leaves,
    feature: [...numbersOf(section, 'split_feature', branches), ...leafValue.map(() => LEAF)],
    value: [...thresholds.map(withoutTinyValues), ...leafValue],
    left: child('left_child'),
    right: child('right_child'),
    missingGoesLeft: rules.map((rule, node) => missingSide(rule, thresholds[node]!)),
    zeroIsMissing: rules.map((rule) => (rule.missing === MISSING_ZERO ? 1 : 0)),
    cover: [...numbersOf(section, 'internal_count', branches), ...numbersOf(section, 'leaf_count', leaves)],
  };
}

interface Rule {
  readonly missing: number;
  readonly defaultLeft: number;
}

function ruleOf(bits: number, node: number): Rule {
  if (!Number.isInteger(bits) || bits < 0 || bits > 15)
    throw new ModelFileError(`"decision_type" is ${bits}; 0 to 15 is expected`, { node });
  if (bits & CATEGORICAL)
    throw new ModelFileError('categorical splits are not supported; encode categories as numbers before training', { node });
  const missing = bits >> 2;
  if (missing > MISSING_NAN) throw new ModelFileError(`"decision_type" is ${bits}, whose missing type is unknown`, { node });
  return { missing, defaultLeft: bits & DEFAULT_LEFT ? 1 : 0 };
}

/** Without a missing type LightGBM takes NaN for 0. */
const missingSide = (rule: Rule, threshold: number): number =>
  rule.missing === MISSING_NONE ? Number(threshold >= 0) : rule.defaultLeft;

/** LightGBM's predictor drops values within ±1e-35, so that they are 0: thresholds in between ask only for the sign. */
function withoutTinyValues(threshold: number): number {
  if (Math.abs(threshold) > ZERO_THRESHOLD) return threshold;
  return threshold >= 0 ? ZERO_THRESHOLD : previousFloat64(-ZERO_THRESHOLD);
}
