import { floorFloat32 } from '../float32-grid.ts';
import { type Forest, LEAF } from '../forest.ts';
import type { Kernel } from './kernel.ts';

/** Where the kernel finds what it walks on (kernel/score.c); addresses in bytes. */
export interface ScoreLayout {
  readonly splits: number;
  readonly values: number;
  /** A root a tree, padded to whole groups by a tree whose one leaf is 0. */
  readonly roots: number;
  readonly groups: number;
  /** The depth of each group's deepest tree, and of each tree. */
  readonly steps: number;
  readonly depths: number;
}

/** Trees walked at once, and rows. */
export const WIDTH = 8;
const SPLIT_BYTES = 8;
const MAX_STEP = 65_535;
const MAX_DEPTH = 255;

/** A tree breadth first, so that siblings stand side by side. */
function breadthFirst({ feature, left, right }: Forest, root: number): { nodes: number[]; depth: number } {
  const nodes = [root];
  let depth = 0;
  let levelEnd = 1;
  for (let i = 0; i < nodes.length; i++) {
    if (i === levelEnd) {
      depth++;
      levelEnd = nodes.length;
    }
    const node = nodes[i]!;
    // Right before left: the kernel adds 1 where the row goes left.
    if (feature[node] !== LEAF) nodes.push(right[node]!, left[node]!);
  }
  return { nodes, depth };
}

/** Lays the trees out in the kernel's memory; undefined where one is too deep or too wide for the kernel's small numbers. */
export function layOutScorer(kernel: Kernel, forest: Forest, columnOf: Int32Array): ScoreLayout | undefined {
  const trees = Array.from(forest.roots, (root) => breadthFirst(forest, root));
  const size = trees.reduce((sum, { nodes }) => sum + nodes.length, 1);
  const groups = Math.ceil(trees.length / WIDTH);
  const splits = kernel.reserve(size * SPLIT_BYTES);
  const values = kernel.reserve((size + 1) * 8);
  const layout = {
    splits,
    values,
    roots: kernel.reserve(groups * WIDTH * 4),
    groups,
    steps: kernel.reserve(groups),
    depths: kernel.reserve(trees.length),
  };
  const view = new DataView(kernel.memory.buffer);
  let end = 0;
  let leaves = 0;
  for (const [tree, { nodes, depth }] of trees.entries()) {
    if (depth > MAX_DEPTH) return undefined;
    view.setUint32(layout.roots + tree * 4, end, true);
    view.setUint8(layout.depths + tree, depth);
    const step = layout.steps + Math.floor(tree / WIDTH);
    view.setUint8(step, Math.max(view.getUint8(step), depth));
    let child = 1;
    for (const [position, node] of nodes.entries()) {
      const at = splits + (end + position) * SPLIT_BYTES;
      if (forest.feature[node] === LEAF) {
        view.setFloat64(values + leaves * 8, forest.value[node]!, true);
        view.setUint32(at, leaves++, true);
        continue;
      }
      const distance = child - position;
      if (distance > MAX_STEP || columnOf[node]! > MAX_STEP) return undefined;
      view.setFloat32(at, thresholdOf(forest, node), true);
      view.setUint16(at + 4, columnOf[node]!, true);
      view.setUint16(at + 6, distance, true);
      child += 2;
    }
    end += nodes.length;
  }
  view.setUint32(splits + end * SPLIT_BYTES, leaves, true);
  for (let tree = trees.length; tree < groups * WIDTH; tree++) view.setUint32(layout.roots + tree * 4, end, true);
  return layout;
}

/** The float32 that asks a float32 value the same as the node's float64 threshold does; columns of sets hold 0 or 1. */
export const thresholdOf = ({ value, categories }: Forest, node: number): number =>
  categories?.asks[node] === 1 ? 0.5 : floorFloat32(value[node]!);
