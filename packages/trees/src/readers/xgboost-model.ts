import { openWordBudget } from '../category-sets.ts';
import { ModelFileError } from '../errors.ts';
import type { Forest } from '../forest.ts';
import { layOutForest } from '../lay-out.ts';
import { asArray, asCount, asNumbers, asObject, asText, asTexts, type Loose } from './checked-json.ts';
import { readEncoding } from './xgboost-categories.ts';
import { readXgboostTree } from './xgboost-tree.ts';

interface Objective {
  /** What the margin is. */
  readonly space: Forest['space'];
  /** What the file calls base_score. */
  readonly base: 'probability' | 'margin';
}

const objectives: Readonly<Record<string, Objective>> = {
  'binary:logistic': { space: 'log_odds', base: 'probability' },
  'binary:logitraw': { space: 'log_odds', base: 'margin' },
  'reg:logistic': { space: 'log_odds', base: 'probability' },
  'reg:squarederror': { space: 'value', base: 'margin' },
  'reg:absoluteerror': { space: 'value', base: 'margin' },
  'reg:pseudohubererror': { space: 'value', base: 'margin' },
};

/** The object that XGBoost writes as JSON and as UBJ alike: split values, leaves and the running sum are 32-bit. */
export function readXgboostModel(file: unknown, baseMargin: number | undefined): Forest {
  const learner = asObject(asObject(file, 'the file').learner, 'learner');
  const { space, base } = readObjective(asObject(learner.objective, 'objective'));
  const param = asObject(learner.learner_model_param, 'learner_model_param');
  if (asCount(param.num_class ?? 0, 'num_class') > 1 || asCount(param.num_target ?? 1, 'num_target') > 1) {
    throw new ModelFileError('models of several classes or targets are not supported; train one binary model');
  }
  const { model, weights } = readBooster(asObject(learner.gradient_booster, 'gradient_booster'));
  const loose = asArray(model.trees, 'trees');
  const used = loose.slice(0, usedTrees(learner, model, loose.length));
  if (weights !== undefined && weights.length !== loose.length) {
    throw new ModelFileError(`"weight_drop" has ${weights.length} entries for ${loose.length} trees; save the model again`);
  }
  const budget = openWordBudget();
  const featureCount = asCount(param.num_feature, 'num_feature');
  return layOutForest(
    used.map((tree, index) => readXgboostTree(tree, index, weights?.[index] ?? 1, budget)),
    {
      kind: 'xgboost',
      featureNames: asTexts(learner.feature_names ?? [], 'feature_names'),
      featureCount,
      arithmetic: 'f32',
      baseMargin: Math.fround(baseMargin ?? marginOf(param.base_score, base)),
      divisor: 1,
      space,
      encoding: readEncoding(model.cats, featureCount),
      // Numbers below 0 are no category, not even −0.5; they go where a category goes that no set holds.
      categoryRule: { single: true, above: -Number.MIN_VALUE },
    },
  );
}

/** The trees, and what DART multiplies each with. */
function readBooster(booster: Loose): { model: Loose; weights: readonly number[] | undefined } {
  const name = asText(booster.name, 'gradient_booster.name');
  if (name === 'gbtree' && booster.model === undefined && booster.gbtree_train_param !== undefined)
    throw new ModelFileError(
      'it is a configuration (save_config) without trees; save the model with booster.save_model("model.json")',
    );
  if (name === 'gbtree') return { model: asObject(booster.model, 'gradient_booster.model'), weights: undefined };
  if (name !== 'dart') {
    throw new ModelFileError(
      `the booster "${name.slice(0, 60)}" is not supported (it has no trees); train with booster "gbtree" or "dart"`,
    );
  }
  return {
    model: asObject(asObject(booster.gbtree, 'gradient_booster.gbtree').model, 'gradient_booster.gbtree.model'),
    weights: asNumbers(booster.weight_drop, 'weight_drop'),
  };
}

function readObjective(objective: Loose): Objective {
  const name = asText(objective.name, 'objective.name');
  const known = Object.hasOwn(objectives, name) ? objectives[name] : undefined;
  if (known === undefined) {
    throw new ModelFileError(
      `the objective "${name.slice(0, 60)}" is not supported; train with one of ${Object.keys(objectives).join(', ')}`,
    );
  }
  return known;
}

/** `base_score` is a probability or the margin, written as a number, a text or, since 3.1, a one-element array in a text ("[1.95E-1]"). */
function marginOf(baseScore: unknown, base: Objective['base']): number {
  const text = typeof baseScore === 'number' ? String(baseScore) : asText(baseScore, 'base_score').trim();
  const inner = /^\[\s*([^,\s]+)\s*\]$/.exec(text)?.[1] ?? text;
  const score = Math.fround(inner === '' ? Number.NaN : Number(inner));
  if (base === 'margin') {
    if (Number.isFinite(score)) return score;
    throw new ModelFileError(`"base_score" is ${text.slice(0, 60)}; one finite number is expected`);
  }
  if (!(score > 0 && score < 1)) {
    throw new ModelFileError(`"base_score" is ${text.slice(0, 60)}; one probability between 0 and 1 is expected`);
  }
  // ProbToMargin in xgboost src/objective/regression_loss.h: −logf(1 / p − 1), each step rounded to 32 bits.
  return -Math.fround(Math.log(Math.fround(Math.fround(1 / score) - 1)));
}

/**
 * How many trees the library's own `predict` adds up. A file saved by the scikit-learn wrapper (it leaves the attribute `scikit_learn`)
 * stops at the best round, as `XGBClassifier.predict` does; `Booster.predict` uses every tree it holds, whatever `best_iteration` says.
 */
function usedTrees(learner: Loose, model: Loose, treeCount: number): number {
  const attributes = asObject(learner.attributes ?? {}, 'attributes');
  const declared = asCount(asObject(model.gbtree_model_param, 'gbtree_model_param').num_trees, 'num_trees');
  if (declared !== treeCount)
    throw new ModelFileError(`it claims ${declared} trees and holds ${treeCount}; save the model again`);
  if (attributes.scikit_learn === undefined || attributes.best_iteration === undefined) return treeCount;
  const rounds = asCount(attributes.best_iteration, 'best_iteration') + 1;
  // iteration_indptr[r] = trees of the first r rounds; older files hold one tree a round.
  const starts = model.iteration_indptr === undefined ? undefined : asNumbers(model.iteration_indptr, 'iteration_indptr');
  const used = starts === undefined ? rounds : starts[rounds];
  if (used === undefined || !Number.isInteger(used) || used < 0 || used > treeCount) {
    throw new ModelFileError(`"best_iteration" is ${rounds - 1}, the file holds ${treeCount} trees; save the model again`);
  }
  return used;
}
