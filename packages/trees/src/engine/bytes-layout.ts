import { type Forest, LEAF } from '../forest.ts';
import type { BytesGrid } from './bytes-grid.ts';
import type { Kernel } from './kernel.ts';

/** Where score_bytes_f64 of kernel/bytes.c finds what it asks; addresses in bytes. */
export interface BytesLayout {
  readonly trees: number;
  readonly twigs: number;
  readonly forks: number;
  readonly values: number;
  readonly slots: number;
  /** Slots that hold the number of a lone leaf. */
  readonly firsts: number;
}

/** A number of a leaf is a byte. */
const MAX_LEAVES = 256;
const SLOT_BYTES = 64;
const TREE_BYTES = 12;
const TWIG_BYTES = 3;
const FORK_BYTES = 6;

/** A tree from the bottom up: splits above two leaves, the others with their children before them, and the leaves no twig holds. */
interface TreeParts {
  readonly root: number;
  readonly twigs: readonly number[];
  readonly forks: readonly number[];
  readonly loneLeaves: readonly number[];
}

function partsOf({ feature, left, right }: Forest, root: number): TreeParts {
  const isLeaf = (node: number): boolean => feature[node] === LEAF;
  const twigs: number[] = [];
  const forks: number[] = [];
  const loneLeaves: number[] = [];
  const visit = (node: number): void => {
    if (isLeaf(node)) loneLeaves.push(node);
    else if (isLeaf(left[node]!) && isLeaf(right[node]!)) twigs.push(node);
    else {
      visit(left[node]!);
      visit(right[node]!);
      forks.push(node);
    }
  };
  visit(root);
  return { root, twigs, forks, loneLeaves };
}

const leavesOf = ({ twigs, loneLeaves }: TreeParts): number => loneLeaves.length + 2 * twigs.length;

/** Lays out trees of at most 256 leaves to be asked whole; undefined where one has more. */
export function layOutBytes(kernel: Kernel, forest: Forest, columnOf: Int32Array, grid: BytesGrid): BytesLayout | undefined {
  const trees: TreeParts[] = [];
  for (let tree = 0; tree < forest.treeCount; tree++) {
    // A tree of n nodes has (n + 1) / 2 leaves, and is no deeper than that.
    if (nodesOf(forest, tree) >= 2 * MAX_LEAVES) return undefined;
    trees.push(partsOf(forest, forest.roots[tree]!));
  }
  const total = (count: (parts: TreeParts) => number): number => trees.reduce((sum, parts) => sum + count(parts), 0);
  const firsts = Math.max(...trees.map(({ loneLeaves }) => loneLeaves.length));
  const splits = Math.max(...trees.map(({ twigs, forks }) => twigs.length + forks.length));
  const layout = {
    trees: kernel.reserve(trees.length * TREE_BYTES),
    twigs: kernel.reserve(total(({ twigs }) => twigs.length) * TWIG_BYTES),
    forks: kernel.reserve(total(({ forks }) => forks.length) * FORK_BYTES),
    values: kernel.reserve(total(leavesOf) * 8),
    slots: kernel.reserve((firsts + splits) * SLOT_BYTES),
    firsts,
  };
  writeTrees(new DataView(kernel.memory.buffer), layout, { forest, columnOf, grid }, trees);
  for (let number = 0; number < firsts; number++)
    new Uint8Array(kernel.memory.buffer, layout.slots + number * SLOT_BYTES, SLOT_BYTES).fill(number);
  return layout;
}

const nodesOf = ({ roots, feature }: Forest, tree: number): number => (roots[tree + 1] ?? feature.length) - roots[tree]!;

interface Source {
  readonly forest: Forest;
  readonly columnOf: Int32Array;
  readonly grid: BytesGrid;
}

function writeTrees(view: DataView, layout: BytesLayout, { forest, columnOf, grid }: Source, trees: readonly TreeParts[]): void {
  let [tree, twig, fork] = [layout.trees, layout.twigs, layout.forks];
  let leaves = 0;
  const setValue = (number: number, node: number): void =>
    view.setFloat64(layout.values + (leaves + number) * 8, forest.value[node]!, true);
  for (const parts of trees) {
    const slotOf = new Map<number, number>();
    for (const [number, leaf] of parts.loneLeaves.entries()) {
      slotOf.set(leaf, number);
      setValue(number, leaf);
    }
    for (const [index, node] of parts.twigs.entries()) {
      const number = parts.loneLeaves.length + 2 * index;
      slotOf.set(node, layout.firsts + index);
      view.setUint8(twig, columnOf[node]!);
      view.setInt8(twig + 1, grid.rankOf(node));
      view.setUint8(twig + 2, number);
      setValue(number, forest.left[node]!);
      setValue(number + 1, forest.right[node]!);
      twig += TWIG_BYTES;
    }
    for (const [index, node] of parts.forks.entries()) {
      slotOf.set(node, layout.firsts + parts.twigs.length + index);
      view.setUint8(fork, columnOf[node]!);
      view.setInt8(fork + 1, grid.rankOf(node));
      view.setUint16(fork + 2, slotOf.get(forest.left[node]!)!, true);
      view.setUint16(fork + 4, slotOf.get(forest.right[node]!)!, true);
      fork += FORK_BYTES;
    }
    view.setUint16(tree, parts.twigs.length, true);
    view.setUint16(tree + 2, parts.forks.length, true);
    view.setUint32(tree + 4, slotOf.get(parts.root)!, true);
    view.setUint32(tree + 8, leaves, true);
    tree += TREE_BYTES;
    leaves += leavesOf(parts);
  }
}
