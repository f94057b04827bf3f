import { type WordBudget, wordsOf } from '../category-sets.ts';
import { ModelFileError } from '../errors.ts';
import { roundingThreshold } from '../float32-grid.ts';
import { LEAF } from '../forest.ts';
import type { LooseTree } from '../lay-out.ts';
import type { Columns } from './catboost-columns.ts';
import type { Ctrs } from './catboost-ctrs.ts';
import { asArray, asCount, asFloat32, asInteger, asNumber, asNumbers, asObject, asText, type Loose } from './checked-json.ts';

/** CatBoost grows oblivious trees to depth 16 at most. */
const MAX_OBLIVIOUS_DEPTH = 16;

/** What the splits stand on. */
export interface Ground {
  readonly columns: Columns;
  readonly ctrs: Ctrs;
  readonly budget: WordBudget;
}

interface Split {
  readonly column: number;
  readonly threshold: number;
  readonly missingGoesLeft: number;
  /** The one category that the split asks for. */
  readonly category?: Uint32Array;
}

/**
 * An oblivious tree: one split a level, leaf number = the answers' bits, the first split the lowest. So the last split is the root;
 * CatBoost's own SHAP descends that way. Trees may be shallower than the declared depth.
 */
export function readObliviousTree(tree: Loose, ground: Ground, scale: number): LooseTree {
  const splits = asArray(tree.splits ?? [], 'splits').map((split) => readSplit(split, ground));
  const depth = splits.length;
  if (depth > MAX_OBLIVIOUS_DEPTH)
    throw new ModelFileError(`an oblivious tree of depth ${depth} is deeper than ${MAX_OBLIVIOUS_DEPTH}`);
  const leaves = 2 ** depth;
  const leafValues = asNumbers(tree.leaf_values, 'leaf_values', leaves);
  const leafWeights = asNumbers(tree.leaf_weights, 'leaf_weights', leaves);
  const nodes = emptyNodes();
  // Heap order: node k has the children 2k + 1 and 2k + 2, and the leaves follow the branches in the order of their bits.
  for (let node = 0; node < leaves - 1; node++) {
    const level = 31 - Math.clz32(node + 1);
    addBranch(nodes, splits[depth - 1 - level]!, 2 * node + 1, 2 * node + 2);
  }
  for (let leaf = 0; leaf < leaves; leaf++) addLeaf(nodes, leafValues[leaf]! * scale, leafWeights[leaf]!);
  for (let node = leaves - 2; node >= 0; node--) nodes.cover[node] = nodes.cover[2 * node + 1]! + nodes.cover[2 * node + 2]!;
  return { ...nodes, size: nodes.feature.length };
}

/** A tree of the grow policies Depthwise and Lossguide: objects inside objects, read without recursion so that depth cannot hurt. */
export function readNestedTree(tree: Loose, ground: Ground, scale: number): LooseTree {
  const nodes = emptyNodes();
  const waiting: { loose: Loose; parent: number; side: 'left' | 'right' }[] = [{ loose: tree, parent: -1, side: 'left' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { loose, parent, side } = next;
    const node = nodes.feature.length;
    if (parent >= 0) nodes[side][parent] = node;
    if (loose.split === undefined) {
      addLeaf(nodes, asNumber(loose.value, 'value') * scale, asNumber(loose.weight, 'weight'));
      continue;
    }
    const split = readSplit(loose.split, ground);
    addBranch(nodes, split, -1, -1);
    waiting.push({ loose: asObject(loose.right, 'right'), parent: node, side: split.category ? 'left' : 'right' });
    waiting.push({ loose: asObject(loose.left, 'left'), parent: node, side: split.category ? 'right' : 'left' });
  }
  // Children are numbered behind their parents, so one pass backwards adds up.
  for (let node = nodes.feature.length - 1; node >= 0; node--) {
    if (nodes.feature[node] !== LEAF) nodes.cover[node] = nodes.cover[nodes.left[node]!]! + nodes.cover[nodes.right[node]!]!;
  }
  return { ...nodes, size: nodes.feature.length };
}

function readSplit(value: unknown, ground: Ground): Split {
  const split = asObject(value, 'split');
  const type = asText(split.split_type ?? 'FloatFeature', 'split_type');
  if (type === 'FloatFeature') return readFloatSplit(split, ground);
  if (type === 'OneHotFeature') return readOneHotSplit(split, ground);
  if (type === 'OnlineCtr') return readCtrSplit(split, ground);
  throw new ModelFileError(
    `splits of type "${type.slice(0, 60)}" are not supported; encode such features as numbers before training`,
  );
}

function readFloatSplit(split: Loose, { columns }: Ground): Split {
  const index = asCount(split.float_feature_index, 'float_feature_index');
  const column = columns.place.get(index);
  if (column === undefined)
    throw new ModelFileError(`it splits on float feature ${index}, which features_info does not list; save the model again`);
  return {
    column,
    // The library asks x > border of float32 numbers for "right".
    threshold: roundingThreshold(asFloat32(split.border, 'border')),
    missingGoesLeft: columns.missingIsLargest.get(column) === true ? 0 : 1,
  };
}

function readOneHotSplit(split: Loose, { columns, budget }: Ground): Split {
  const index = asCount(split.cat_feature_index, 'cat_feature_index');
  const column = columns.categoryPlace.get(index);
  const code = columns.categories.codeOfHash.get(asInteger(split.value, 'value') | 0);
  if (column === undefined || code === undefined)
    throw new ModelFileError(
      `it splits on categorical feature ${index}, which features_info does not list with that value; save the model again`,
    );
  return { column, threshold: 0, missingGoesLeft: 0, category: wordsOf([code], 0, budget) };
}

function readCtrSplit(split: Loose, { ctrs }: Ground): Split {
  const index = asCount(split.split_index, 'split_index');
  const found = ctrs.splits.get(index);
  if (found === undefined || found.border !== asFloat32(split.border, 'border'))
    throw new ModelFileError(`its split ${index} is not the border of a CTR that features_info lists; save the model again`);
  return { column: found.column, threshold: found.border, missingGoesLeft: 1 };
}

const emptyNodes = () => ({
  feature: [] as number[],
  value: [] as number[],
  left: [] as number[],
  right: [] as number[],
  missingGoesLeft: [] as number[],
  categories: [] as (Uint32Array | undefined)[],
  cover: [] as number[],
});

function addBranch(nodes: ReturnType<typeof emptyNodes>, split: Split, left: number, right: number): void {
  nodes.feature.push(split.column);
  nodes.value.push(split.threshold);
  // The library sends the category it asks for to the right; ours goes left.
  nodes.left.push(split.category ? right : left);
  nodes.right.push(split.category ? left : right);
  nodes.categories.push(split.category);
  nodes.missingGoesLeft.push(split.missingGoesLeft);
  nodes.cover.push(0);
}

function addLeaf(nodes: ReturnType<typeof emptyNodes>, value: number, weight: number): void {
  nodes.feature.push(LEAF);
  nodes.value.push(value);
  nodes.left.push(LEAF);
  nodes.right.push(LEAF);
  nodes.categories.push(undefined);
  nodes.missingGoesLeft.push(0);
  nodes.cover.push(weight);
}
