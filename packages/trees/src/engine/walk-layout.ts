import { floorFloat32 } from '../float32-grid.ts';
import { type Forest, LEAF } from '../forest.ts';
import type { Kernel } from './kernel.ts';

/** Where the kernel finds what it walks on (kernel/score.c); addresses in bytes. */
export interface WalkLayout {
  readonly splits: number;
  readonly values: number;
  /** A root a tree, padded to whole groups by a tree whose one leaf is 0. */
  readonly roots: number;
  readonly groups: number;
  /** Of each group the steps that all its walks are likely to need, and those that the deepest may need after them; of each tree its depth. */
  readonly steps: number;
  readonly depths: number;
}

/** Trees walked at once, and rows. */
export const WIDTH = 8;
const SPLIT_BYTES = 8;
const MAX_STEP = 65_535;
const MAX_DEPTH = 255;

/** Splits that share a line of the cache. */
const LINE = 8;

/** A tree in the order in which it lies in memory; `nodes` holds LEAF where nothing lies. */
interface PlacedTree {
  readonly nodes: readonly number[];
  /** Where the right child of each node lies, its left one behind it. */
  readonly children: ReadonlyMap<number, number>;
  readonly leaves: number;
  readonly depth: number;
}

/**
 * Siblings stand side by side, the right one first (the kernel adds 1 where a row goes left), and both pairs below them in the same line of the
 * cache, so that a walk touches a line every other level.
 */
function placeTree({ feature, left, right }: Forest, root: number): PlacedTree {
  const nodes = [root];
  const children = new Map<number, number>();
  const depths = new Map([[root, 0]]);
  const place = (parent: number): readonly number[] => {
    if (feature[parent] === LEAF) return [];
    const pair = [right[parent]!, left[parent]!];
    children.set(parent, nodes.length);
    nodes.push(...pair);
    for (const node of pair) depths.set(node, depths.get(parent)! + 1);
    return pair;
  };
  let parents: readonly number[] = [root];
  while (parents.length > 0) {
    parents = parents.flatMap((parent) => {
      const pair = feature[parent] === LEAF ? [] : [right[parent]!, left[parent]!];
      const size = 2 + 2 * pair.filter((node) => feature[node] !== LEAF).length;
      const room = LINE - (nodes.length % LINE);
      if (pair.length > 0 && room < size && room < LINE) nodes.push(...new Array<number>(room).fill(LEAF));
      return place(parent).flatMap(place);
    });
  }
  const leaves = nodes.filter((node) => node !== LEAF && feature[node] === LEAF).length;
  return { nodes, children, leaves, depth: Math.max(...depths.values()) };
}

/** Lays the trees out in the kernel's memory; undefined where one is too deep or too wide for the kernel's small numbers. */
export function layOutWalks(kernel: Kernel, forest: Forest, columnOf: Int32Array): WalkLayout | undefined {
  const trees = Array.from(forest.roots, (root) => placeTree(forest, root));
  const sizes = trees.map(({ nodes }) => Math.ceil(nodes.length / LINE) * LINE);
  const size = sizes.reduce((sum, splits) => sum + splits, 1);
  const groups = Math.ceil(trees.length / WIDTH);
  const [values, numbers] = distinctValues(forest);
  const splits = Math.ceil(kernel.reserve((size + LINE) * SPLIT_BYTES) / (LINE * SPLIT_BYTES)) * LINE * SPLIT_BYTES;
  const layout = {
    splits,
    values: kernel.reserve(values.length * 8),
    roots: kernel.reserve(groups * WIDTH * 4),
    groups,
    steps: kernel.reserve(groups * 2),
    depths: kernel.reserve(trees.length),
  };
  const view = new DataView(kernel.memory.buffer);
  kernel.doubles(layout.values, values.length)().set(values);
  let end = 0;
  for (const [tree, { nodes, children, leaves, depth }] of trees.entries()) {
    if (depth > MAX_DEPTH) return undefined;
    view.setUint32(layout.roots + tree * 4, end, true);
    view.setUint8(layout.depths + tree, depth);
    const step = layout.steps + Math.floor(tree / WIDTH) * 2;
    const likely = Math.max(view.getUint8(step), Math.min(depth, Math.ceil(Math.log2(leaves))));
    const deepest = Math.max(view.getUint8(step) + view.getUint8(step + 1), depth);
    view.setUint8(step, likely);
    view.setUint8(step + 1, deepest - likely);
    for (const [position, node] of nodes.entries()) {
      if (node === LEAF) continue;
      const at = splits + (end + position) * SPLIT_BYTES;
      if (forest.feature[node] === LEAF) {
        view.setUint32(at, numbers[node]!, true);
        continue;
      }
      const distance = children.get(node)! - position;
      if (distance > MAX_STEP || columnOf[node]! > MAX_STEP) return undefined;
      view.setFloat32(at, thresholdOf(forest, node), true);
      view.setUint16(at + 4, columnOf[node]!, true);
      view.setUint16(at + 6, distance, true);
    }
    end += sizes[tree]!;
  }
  view.setUint32(splits + end * SPLIT_BYTES, values.length - 1, true);
  for (let tree = trees.length; tree < groups * WIDTH; tree++) view.setUint32(layout.roots + tree * 4, end, true);
  return layout;
}

/** Each leaf's value once, 0 last, and the number of each leaf's: a forest's probabilities are few, and fewer stay in the cache. */
function distinctValues({ feature, value }: Forest): readonly [Float64Array, Int32Array] {
  const known = new Map<number, number>();
  const numbers = Int32Array.from(feature, (asked, node) => {
    if (asked !== LEAF) return LEAF;
    // A Map holds 0 and −0 for the same, which are the same to a sum as well.
    const number = known.get(value[node]!) ?? known.size;
    known.set(value[node]!, number);
    return number;
  });
  return [Float64Array.of(...known.keys(), 0), numbers];
}

/** The float32 that asks a float32 value the same as the node's float64 threshold does; columns of sets hold 0 or 1. */
export const thresholdOf = ({ value, categories }: Forest, node: number): number =>
  categories?.asks[node] === 1 ? 0.5 : floorFloat32(value[node]!);
