import { ModelFileError, within } from '../errors.ts';
import { previousFloat64 } from '../float32-grid.ts';
import { type Forest, LEAF, ZERO_THRESHOLD } from '../forest.ts';
import { checkFeatureCount, type LooseTree, layOutForest } from '../lay-out.ts';
import type { ModelFormat } from './format.ts';
import { readEncoding } from './lightgbm-categories.ts';
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
  const { header, trees, tail } = cutSections(text);
  const space = spaceOf(header);
  checkHeader(header);
  const featureCount = countOf(header, 'max_feature_idx') + 1;
  checkFeatureCount(featureCount);
  if (trees.length === 0 && header.has('average_output'))
    throw new ModelFileError('it answers with the mean of its trees and has none; save a trained model');
  return layOutForest(trees.map(readTree), {
    kind: 'lightgbm',
    featureNames: namesOf(header),
    featureCount,
    arithmetic: 'f64',
    baseMargin: 0,
    // Boosting "rf" answers with the mean of its trees.
    divisor: header.has('average_output') ? trees.length : 1,
    space,
    encoding: readEncoding(tail, featureCount),
    // Values are cut to whole numbers; what lies above −1 is 0 or more then. Missing and negative ones go right.
    categoryRule: { single: false, above: -1 },
  });
}

function checkHeader(header: Section): void {
  const version = textOf(header, 'version');
  if (version !== 'v3' && version !== 'v4')
    throw new ModelFileError(`file version "${version.slice(0, 40)}" is not supported; v3 and v4 are`);
  if (countOf(header, 'num_class') !== 1 || countOf(header, 'num_tree_per_iteration') !== 1) {
    throw new ModelFileError('models of several classes are not supported; train one binary model');
  }
}

/** Objectives whose raw score is the value itself. */
const regressions = ['regression', 'regression_l1', 'huber', 'fair', 'quantile', 'mape'];

function spaceOf(header: Section): Forest['space'] {
  const objective = textOf(header, 'objective').trim();
  if (objective === 'binary sigmoid:1' || objective === 'cross_entropy') return 'log_odds';
  // "regression sqrt" answers with a square.
  const [name = '', ...settings] = objective.split(' ');
  if (regressions.includes(name) && !settings.includes('sqrt')) return 'value';
  throw new ModelFileError(
    `the objective "${objective.slice(0, 60)}" is not supported; train with "binary" and sigmoid 1, so that scores are log-odds, or with a plain regression`,
  );
}

/** `Column_0 Column_1 …` is what LightGBM writes for data without names. */
function namesOf(header: Section): readonly string[] {
  const names = textOf(header, 'feature_names').split(' ').filter(Boolean);
  return names.every((name, index) => name === `Column_${index}`) ? [] : names;
}

function readTree(section: Section, index: number): LooseTree {
  return within({ tree: index }, () => looseTree(section));
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
  const categories = readSets(section, rules, thresholds);
  // Branches keep their number; leaf ~i becomes node branches + i.
  const child = (key: string) => numbersOf(section, key, branches).map((to) => (to < 0 ? branches - to - 1 : to));
  return {
    size: branches + leaves,
    feature: [...numbersOf(section, 'split_feature', branches), ...leafValue.map(() => LEAF)],
    value: [...thresholds.map((threshold, node) => (categories[node] ? 0 : withoutTinyValues(threshold))), ...leafValue],
    categories,
    left: child('left_child'),
    right: child('right_child'),
    missingGoesLeft: rules.map((rule, node) => missingSide(rule, thresholds[node]!)),
    zeroIsMissing: rules.map((rule) => (rule.missing === MISSING_ZERO ? 1 : 0)),
    cover: [...numbersOf(section, 'internal_count', branches), ...numbersOf(section, 'leaf_count', leaves)],
  };
}

/** The sets of the branches that ask for one: such a branch's "threshold" numbers it. */
function readSets(section: Section, rules: readonly Rule[], thresholds: readonly number[]): (readonly number[] | undefined)[] {
  const count = countOf(section, 'num_cat');
  if (count === 0 && !rules.some((rule) => rule.isCategorical)) return [];
  const bounds = numbersOf(section, 'cat_boundaries', count + 1);
  const words = numbersOf(section, 'cat_threshold', bounds[count]!);
  const wrong = words.findIndex((word) => !(Number.isInteger(word) && word >= 0 && word < 2 ** 32));
  if (wrong >= 0) throw new ModelFileError(`"cat_threshold" holds ${words[wrong]}; a whole number of 32 bits is expected`);
  // One behind the other, so that all sets together are no larger than the file.
  const rising = bounds.every((bound, set) => Number.isInteger(bound) && bound >= (bounds[set - 1] ?? 0));
  if (!rising) throw new ModelFileError('"cat_boundaries" do not rise from 0; save the model again');
  const sets = bounds.slice(0, count).map((start, set) => words.slice(start, bounds[set + 1]));
  return rules.map((rule, node) => {
    if (!rule.isCategorical) return undefined;
    const set = sets[thresholds[node]!];
    if (set !== undefined) return set;
    throw new ModelFileError(`it asks for the set of categories ${thresholds[node]} of ${count}; save the model again`, { node });
  });
}

interface Rule {
  readonly isCategorical: boolean;
  readonly missing: number;
  readonly defaultLeft: number;
}

function ruleOf(bits: number, node: number): Rule {
  if (!Number.isInteger(bits) || bits < 0 || bits > 15)
    throw new ModelFileError(`"decision_type" is ${bits}; 0 to 15 is expected`, { node });
  // Missing categories go right, whatever the other bits say.
  if (bits & CATEGORICAL) return { isCategorical: true, missing: MISSING_NAN, defaultLeft: 0 };
  const missing = bits >> 2;
  if (missing > MISSING_NAN) throw new ModelFileError(`"decision_type" is ${bits}, whose missing type is unknown`, { node });
  return { isCategorical: false, missing, defaultLeft: bits & DEFAULT_LEFT ? 1 : 0 };
}

/** Without a missing type LightGBM takes NaN for 0. */
const missingSide = (rule: Rule, threshold: number): number =>
  rule.missing === MISSING_NONE ? Number(threshold >= 0) : rule.defaultLeft;

/** LightGBM's predictor drops values within ±1e-35, so that they are 0: thresholds in between ask only for the sign. */
function withoutTinyValues(threshold: number): number {
  if (Math.abs(threshold) > ZERO_THRESHOLD) return threshold;
  return threshold >= 0 ? ZERO_THRESHOLD : previousFloat64(-ZERO_THRESHOLD);
}
