import { ModelFileError } from '../errors.ts';
import { roundingThreshold } from '../float32-grid.ts';
import { LEAF } from '../forest.ts';
import type { LooseTree } from '../lay-out.ts';
import type { Columns } from './catboost-columns.ts';
import { asArray, asCount, asFloat32, asNumber, asNumbers, asObject, asText, type Loose } from './checked-json.ts';

/** CatBoost grows oblivious trees to depth 16 at most. */
const MAX_OBLIVIOUS_DEPTH = 16;

interface Split {
  readonly column: number;
  readonly threshold: number;
  readonly missingGoesLeft: number;
}

/**
 * An oblivious tree: one split a level, leaf number = the answers' bits, the first split the lowest. So the last split is the root;
 * CatBoost's own SHAP descends that way. Trees may be shallower than the declared depth.
 */
export function readObliviousTree(tree: Loose, columns: Columns, scale: number): LooseTree {
  const splits = asArray(tree.splits ?? [], 'splits').map((split) => readSplit(split, columns));
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
export function readNestedTree(tree: Loose, columns: Columns, scale: number): LooseTree {
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
    addBranch(nodes, readSplit(loose.split, columns), -1, -1);
    waiting.push({ loose: asObject(loose.right, 'right'), parent: node, side: 'right' });
    waiting.push({ loose: asObject(loose.left, 'left'), parent: node, side: 'left' });
  }
  // Children are numbered behind their parents, so one pass backwards adds up.
  for (let node = nodes.feature.length - 1; node >= 0; node--) {
    if (nodes.feature[node] !== LEAF) nodes.cover[node] = nodes.cover[nodes.left[node]!]! + nodes.cover[nodes.right[node]!]!;
  }
  return { ...nodes, size: nodes.feature.length };
}

function readSplit(value: unknown, columns: Columns): Split {
  const split = asObject(value, 'split');
  const type = asText(split.split_type ?? 'FloatFeature', 'split_type');
  if (type !== 'FloatFeature')
    throw new ModelFileError(`splits of type "${type}" are not supported; encode categories as numbers before training`);
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

const emptyNodes = () => ({
  feature: [] as number[],
  value: [] as number[],
  left: [] as number[],
  right: [] as number[],
  missingGoesLeft: [] as number[],
  cover: [] as number[],
});

function addBranch(nodes: ReturnType<typeof emptyNodes>, split: Split, left: number, right: number): void {
  nodes.feature.push(split.column);
  nodes.value.push(split.threshold);
  nodes.left.push(left);
  nodes.right.push(right);
  nodes.missingGoesLeft.push(split.missingGoesLeft);
  nodes.cover.push(0);
}

function addLeaf(nodes: ReturnType<typeof emptyNodes>, value: number, weight: number): void {
  nodes.feature.push(LEAF);
  nodes.value.push(value);
  nodes.left.push(LEAF);
  nodes.right.push(LEAF);
  nodes.missingGoesLeft.push(0);
  nodes.cover.push(weight);
}
