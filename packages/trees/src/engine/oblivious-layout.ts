import { type Forest, LEAF } from '../forest.ts';
import { endOf } from '../shap/plan.ts';
import type { Kernel } from './kernel.ts';
import { thresholdOf } from './walk-layout.ts';

/** A tree whose levels each ask one question: CatBoost's symmetric trees. A leaf's number is the answers' bits, the root's first, 1 for right. */
export interface ObliviousTree {
  /** A node of each level; any, as all ask the same. */
  readonly levels: readonly number[];
  /** The leaf's node, by its number. */
  readonly leaves: Int32Array;
}

/** Where the kernel finds oblivious trees (score_oblivious of kernel/score.c); addresses in bytes. */
export interface ObliviousLayout {
  readonly trees: readonly ObliviousTree[];
  readonly columns: number;
  readonly thresholds: number;
  readonly depths: number;
  readonly firsts: number;
  readonly values: number;
  /** Where the kernel writes the leaf of each tree. */
  readonly leaves: number;
}

/** Deeper trees gain nothing from tables of all their leaves. */
const MAX_DEPTH = 12;

/** The forest's trees as oblivious ones; undefined unless all of them are. */
function obliviousTrees(forest: Forest, columnOf: Int32Array): readonly ObliviousTree[] | undefined {
  const trees: ObliviousTree[] = [];
  for (let tree = 0; tree < forest.treeCount; tree++) {
    const found = obliviousTree(forest, columnOf, tree);
    if (found === undefined) return undefined;
    trees.push(found);
  }
  return trees;
}

function obliviousTree(forest: Forest, columnOf: Int32Array, tree: number): ObliviousTree | undefined {
  const { feature, value, left, right, roots } = forest;
  const levels: number[] = [];
  let nodes = [roots[tree]!];
  // A level doubles, so a tree of n nodes is done after log2 n of them.
  while (nodes.length < endOf(forest, tree) - roots[tree]!) {
    const first = nodes[0]!;
    if (feature[first] === LEAF) break;
    const isAlike = (node: number): boolean =>
      feature[node] !== LEAF && columnOf[node] === columnOf[first] && value[node] === value[first];
    if (levels.length === MAX_DEPTH || !nodes.every(isAlike)) return undefined;
    levels.push(first);
    nodes = nodes.flatMap((node) => [left[node]!, right[node]!]);
  }
  return nodes.every((node) => feature[node] === LEAF) ? { levels, leaves: Int32Array.from(nodes) } : undefined;
}

/** The kernel asks four levels at once. */
const wholeVectors = (levels: number): number => Math.ceil(levels / 4) * 4;

/** Lays the forest out in the kernel's memory where all its trees are oblivious; undefined otherwise. */
export function layOutOblivious(kernel: Kernel, forest: Forest, columnOf: Int32Array): ObliviousLayout | undefined {
  const trees = obliviousTrees(forest, columnOf);
  if (trees === undefined) return undefined;
  const asked = trees.reduce((sum, tree) => sum + wholeVectors(tree.levels.length), 0);
  const leaves = trees.reduce((sum, tree) => sum + tree.leaves.length, 0);
  const layout = {
    trees,
    columns: kernel.reserve(asked * 2),
    thresholds: kernel.reserve(asked * 4),
    depths: kernel.reserve(trees.length),
    firsts: kernel.reserve(trees.length * 4),
    values: kernel.reserve(leaves * 8),
    leaves: kernel.reserve(trees.length * 4),
  };
  const view = new DataView(kernel.memory.buffer);
  let first = 0;
  let leaf = 0;
  for (const [tree, { levels: nodes, leaves: ends }] of trees.entries()) {
    view.setUint8(layout.depths + tree, nodes.length);
    view.setUint32(layout.firsts + tree * 4, leaf, true);
    for (const [level, node] of nodes.entries()) {
      const place = first + nodes.length - 1 - level;
      view.setUint16(layout.columns + place * 2, columnOf[node]!, true);
      view.setFloat32(layout.thresholds + place * 4, thresholdOf(forest, node), true);
    }
    first += wholeVectors(nodes.length);
    for (const end of ends) view.setFloat64(layout.values + leaf++ * 8, forest.value[end]!, true);
  }
  return layout;
}
