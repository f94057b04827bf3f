import { openWordBudget } from '../category-sets.ts';
import { ModelFileError, within } from '../errors.ts';
import type { Forest } from '../forest.ts';
import { type LooseTree, layOutForest } from '../lay-out.ts';
import { readColumns } from './catboost-columns.ts';
import { readCtrs } from './catboost-ctrs.ts';
import { type Ground, readNestedTree, readObliviousTree } from './catboost-trees.ts';
import { asArray, asNumber, asObject, asText, type Loose } from './checked-json.ts';
import type { ModelFormat } from './format.ts';
import { parseJson } from './parse-json.ts';

/** What the raw value is, by loss. */
const losses: Readonly<Record<string, Forest['space']>> = {
  Logloss: 'log_odds',
  CrossEntropy: 'log_odds',
  RMSE: 'value',
  MAE: 'value',
  Quantile: 'value',
  Huber: 'value',
};

/** CatBoost's JSON (`save_model('model.json', format='json', pool=pool)`); the pool is needed where features are categories. */
export const catboostJson: ModelFormat = {
  name: 'CatBoost JSON',
  recognises: (head) =>
    /^\s*\{/.test(head) && /"(?:ctr_data|features_info|model_info|oblivious_trees|scale_and_bias)"\s*:/.test(head),
  parse,
};

function parse(text: string): Forest {
  const file = asObject(parseJson(text), 'the file');
  const space = spaceOf(file);
  const info = asObject(file.features_info, 'features_info');
  const columns = readColumns(info);
  const ctrs = readCtrs(file, info, columns);
  const { scale, bias } = readScaleAndBias(file.scale_and_bias);
  const trees = readTrees(file, { columns, ctrs, budget: openWordBudget() }, scale);
  return layOutForest(trees, {
    kind: 'catboost',
    featureNames: columns.names,
    featureCount: columns.count,
    arithmetic: 'f64',
    baseMargin: bias,
    divisor: 1,
    space,
    encoding: ctrs.encoding,
    players: ctrs.players,
    categoryRule: { single: false, above: -1 },
  });
}

function spaceOf(file: Loose): Forest['space'] {
  const params = asObject(asObject(file.model_info, 'model_info').params, 'model_info.params');
  const loss = asText(asObject(params.loss_function, 'loss_function').type, 'loss_function.type');
  const space = Object.hasOwn(losses, loss) ? losses[loss] : undefined;
  if (space === undefined)
    throw new ModelFileError(
      `the loss "${loss.slice(0, 60)}" is not supported; train with one of ${Object.keys(losses).join(', ')}`,
    );
  return space;
}

function readScaleAndBias(value: unknown): { scale: number; bias: number } {
  const [scale, biases] = asArray(value, 'scale_and_bias');
  const list = asArray(biases, 'scale_and_bias[1]');
  if (list.length > 1) throw new ModelFileError('models of several classes are not supported; train one binary model');
  return { scale: asNumber(scale, 'scale_and_bias[0]'), bias: list.length === 0 ? 0 : asNumber(list[0], 'scale_and_bias[1][0]') };
}

function readTrees(file: Loose, ground: Ground, scale: number): LooseTree[] {
  const oblivious = file.oblivious_trees !== undefined;
  const read = oblivious ? readObliviousTree : readNestedTree;
  return asArray(oblivious ? file.oblivious_trees : file.trees, 'oblivious_trees').map((tree, index) => {
    return within({ tree: index }, () => read(asObject(tree, 'tree'), ground, scale));
  });
}
