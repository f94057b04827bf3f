import { type WordBudget, wordsOf } from '../category-sets.ts';
import { ModelFileError, within } from '../errors.ts';
import { previousFloat32, roundingThreshold } from '../float32-grid.ts';
import { LEAF } from '../forest.ts';
import type { LooseTree } from '../lay-out.ts';
import { asArray, asCount, asFloat32, asNumber, asNumbers, asObject, type Loose } from './checked-json.ts';

/** One tree; DART multiplies its leaves with a weight. */
export function readXgboostTree(value: unknown, index: number, weight: number, budget: WordBudget): LooseTree {
  return within({ tree: index }, () => looseTree(asObject(value, 'tree'), Math.fround(weight), budget));
}

function looseTree(tree: Loose, weight: number, budget: WordBudget): LooseTree {
  const param = asObject(tree.tree_param, 'tree_param');
  const left = asNumbers(tree.left_children, 'left_children');
  const size = left.length;
  if (asCount(param.num_nodes ?? size, 'num_nodes') !== size) {
    throw new ModelFileError(`it claims ${String(param.num_nodes)} nodes and holds ${size}; save the model again`);
  }
  if (asCount(param.size_leaf_vector ?? 1, 'size_leaf_vector') > 1) {
    throw new ModelFileError('leaves of several values are not supported; train with multi_strategy "one_output_per_tree"');
  }
  const indices = asNumbers(tree.split_indices, 'split_indices', size);
  const conditions = asNumbers(tree.split_conditions, 'split_conditions', size);
  const right = asNumbers(tree.right_children, 'right_children', size);
  const feature = indices.map((column, node) => (left[node] === -1 && right[node] === -1 ? LEAF : column));
  const sets = readSets(tree, size, budget);
  const missingGoesLeft = asArray(tree.default_left, 'default_left').map((flag, node) => asFlag(flag, node));
  return {
    size,
    feature,
    // The library sends the categories of a set to the right; ours go left.
    left: left.map((child, node) => (sets[node] ? right[node]! : child)),
    right: right.map((child, node) => (sets[node] ? left[node]! : child)),
    // The library asks x < t of float32 numbers: x ≤ the float32 before t. A leaf's value lies in the same array.
    value: conditions.map((number, node) =>
      sets[node] ? 0 : feature[node] === LEAF ? Math.fround(leafOf(number, node) * weight) : splitOf(number, node),
    ),
    categories: sets,
    missingGoesLeft: missingGoesLeft.map((flag, node) => (sets[node] ? 1 - flag : flag)),
    cover: asNumbers(tree.sum_hessian, 'sum_hessian', size).map(Math.fround),
    deleted: asCount(param.num_deleted ?? 0, 'num_deleted'),
  };
}

const splitOf = (decimal: number, node: number): number => roundingThreshold(previousFloat32(leafOf(decimal, node)));

function leafOf(decimal: number, node: number): number {
  const single = Math.fround(decimal);
  return Number.isFinite(single) ? single : within({ node }, () => asFloat32(decimal, 'split_conditions'));
}

/** The sets of the nodes of split type 1, one-hot splits (sets of one) included. */
function readSets(tree: Loose, size: number, budget: WordBudget): (Uint32Array | undefined)[] {
  const types = asNumbers(tree.split_type ?? [], 'split_type');
  if (!types.some((type) => type !== 0)) return [];
  const nodes = asNumbers(tree.categories_nodes, 'categories_nodes');
  const starts = asNumbers(tree.categories_segments, 'categories_segments', nodes.length);
  const sizes = asNumbers(tree.categories_sizes, 'categories_sizes', nodes.length);
  const categories = asNumbers(tree.categories, 'categories');
  const sets: (Uint32Array | undefined)[] = Array(size).fill(undefined);
  let taken = 0;
  for (const [index, node] of nodes.entries()) {
    const start = starts[index]!;
    const end = start + sizes[index]!;
    // The library writes sets one behind the other; overlapping ones could make a small file a long work.
    taken += sizes[index]!;
    if (
      types[node] !== 1 ||
      sets[node] !== undefined ||
      !Number.isInteger(start) ||
      !Number.isInteger(end) ||
      !(0 <= start && start <= end && end <= categories.length && taken <= categories.length)
    ) {
      throw new ModelFileError(`"categories_nodes" and the arrays beside it do not fit node ${node}; save the model again`, {
        node,
      });
    }
    sets[node] = wordsOf(categories.slice(start, end), node, budget);
  }
  const bare = types.findIndex((type, node) => type !== 0 && sets[node] === undefined);
  if (bare >= 0)
    throw new ModelFileError('it asks for a set of categories that the tree does not hold; save the model again', { node: bare });
  return sets;
}

function asFlag(flag: unknown, node: number): number {
  if (typeof flag === 'boolean') return flag ? 1 : 0;
  const number = asNumber(flag, 'default_left');
  if (number !== 0 && number !== 1) throw new ModelFileError(`"default_left" is ${number}; 0 or 1 is expected`, { node });
  return number;
}
