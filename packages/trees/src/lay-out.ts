import { openCategorySets } from './category-sets.ts';
import { ModelFileError, within } from './errors.ts';
import { type CategoryRule, type Forest, LEAF } from './forest.ts';

/** One tree as a reader found it, nodes in any order, node 0 the root. Nothing in it is believed yet. */
export interface LooseTree {
  readonly size: number;
  /** LEAF for a leaf. */
  readonly feature: ArrayLike<number>;
  /** Already in the form of `Forest.value`. */
  readonly value: ArrayLike<number>;
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly missingGoesLeft: ArrayLike<number>;
  readonly zeroIsMissing?: ArrayLike<number> | undefined;
  /** Words of the set of categories that go left, at nodes that ask for one. */
  readonly categories?: readonly (ArrayLike<number> | undefined)[] | undefined;
  readonly cover: ArrayLike<number>;
  /** Nodes the library says it has deleted and left in place. */
  readonly deleted?: number;
}

type ForestMeta = Pick<Forest, 'kind' | 'featureNames' | 'featureCount' | 'arithmetic' | 'baseMargin' | 'divisor' | 'space'> &
  Pick<Forest, 'encoding' | 'players'> & {
    /** Needed where a tree has sets of categories. */
    readonly categoryRule?: CategoryRule;
  };

/** Deeper trees are refused: no library grows them from real data. */
export const MAX_DEPTH = 1_000;
/** More columns than any trainer of ours writes; bounds what a claimed count can make us allocate. */
export const MAX_FEATURES = 1_000_000;
/** Scores beyond this mean nothing and could overflow float32 sums. */
const MAX_MARGIN = 1e30;
/** Explaining keeps numbers for each node of the largest tree and every second feature of the longest path: 1 GB at most. */
const MAX_EXPLAINED = 2 ** 26;
/** A library's own rounding stays far below this; a damaged file does not. */
const COVER_TOLERANCE = 0.01;

/** Puts trees into the one form, checking that each is a tree: children in range, each node met once, depth bounded, numbers finite. */
export function layOutForest(trees: readonly LooseTree[], { categoryRule, ...given }: ForestMeta): Forest {
  const meta = { encoding: undefined, players: undefined, ...given };
  checkMeta(meta);
  const width = meta.featureCount + (meta.encoding?.derived?.columns.length ?? 0);
  const capacity = trees.reduce((sum, tree) => sum + tree.size, 0);
  const nodes = {
    feature: new Int32Array(capacity),
    value: new Float64Array(capacity),
    left: new Int32Array(capacity),
    right: new Int32Array(capacity),
    missingGoesLeft: new Uint8Array(capacity),
    zeroIsMissing: new Uint8Array(capacity),
    cover: new Float64Array(capacity),
  };
  const bed = { nodes, sets: openCategorySets(capacity), largest: 0, deepest: 0 };
  const roots = new Int32Array(trees.length);
  let end = 0;
  for (const [index, tree] of trees.entries()) {
    roots[index] = end;
    end = within({ tree: index }, () => layOutTree(tree, width, bed, end));
  }
  checkReach(nodes, roots, end, meta.baseMargin);
  const zeroIsMissing = nodes.zeroIsMissing.includes(1) ? nodes.zeroIsMissing : undefined;
  const categories = bed.sets.close(categoryRule);
  return { ...meta, treeCount: trees.length, roots, ...(end < capacity ? trim(nodes, end) : nodes), zeroIsMissing, categories };
}

interface Bed {
  readonly nodes: Nodes;
  readonly sets: ReturnType<typeof openCategorySets>;
  /** Nodes of the largest tree, and branches above the deepest leaf, so far. */
  largest: number;
  deepest: number;
}

interface Nodes {
  readonly feature: Int32Array;
  readonly value: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingGoesLeft: Uint8Array;
  readonly zeroIsMissing: Uint8Array;
  readonly cover: Float64Array;
}

function checkMeta({ featureNames, featureCount, baseMargin }: ForestMeta): void {
  checkFeatureCount(featureCount);
  if (featureNames.length > 0 && featureNames.length !== featureCount) {
    throw new ModelFileError(`it names ${featureNames.length} features and claims ${featureCount}; save the model again`);
  }
  const seen = new Set<string>();
  for (const name of featureNames) {
    if (seen.has(name)) throw new ModelFileError(`it names the feature "${name.slice(0, 60)}" twice; train with distinct names`);
    seen.add(name);
  }
  if (!Number.isFinite(baseMargin)) throw new ModelFileError(`its base margin is ${baseMargin}; it must be finite`);
}

/** Refuses a count of features that no file can mean, before memory is taken for it. */
export function checkFeatureCount(featureCount: number): void {
  if (!Number.isInteger(featureCount) || featureCount < 0 || featureCount > MAX_FEATURES) {
    throw new ModelFileError(`it claims ${featureCount} features; between 0 and ${MAX_FEATURES} are supported`);
  }
}

/** Copies one tree in preorder behind `start`; returns where the next one begins. */
function layOutTree(tree: LooseTree, rowWidth: number, bed: Bed, start: number): number {
  const { nodes, sets } = bed;
  if (tree.size < 1) throw new ModelFileError('the tree has no node; save the model again');
  const seen = new Uint8Array(tree.size);
  // Preorder: the right child waits on the stack with the place of the parent that must learn its new number.
  const waiting: { node: number; parent: number; depth: number }[] = [{ node: 0, parent: -1, depth: 0 }];
  let end = start;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parent, depth } = next;
    visit(tree, node, depth, seen);
    bed.deepest = Math.max(bed.deepest, depth);
    const place = end++;
    if (parent >= 0) nodes.right[parent] = place;
    copyNode(tree, node, rowWidth, nodes, place);
    if (tree.feature[node] === LEAF) continue;
    sets.add(place, tree.categories?.[node]);
    // Preorder puts the left child right behind its parent.
    nodes.left[place] = end;
    waiting.push({ node: tree.right[node]!, parent: place, depth: depth + 1 });
    waiting.push({ node: tree.left[node]!, parent: -1, depth: depth + 1 });
  }
  const unreached = tree.size - (end - start);
  if (unreached > (tree.deleted ?? 0)) {
    throw new ModelFileError(`${unreached} of its ${tree.size} nodes are not reached from the root; save the model again`, {
      node: seen.indexOf(0),
    });
  }
  checkCovers(nodes, start, end);
  bed.largest = Math.max(bed.largest, end - start);
  if (bed.largest * Math.ceil(Math.min(bed.deepest, rowWidth) / 2) > MAX_EXPLAINED)
    throw new ModelFileError(
      `trees of ${bed.largest} nodes and depth ${bed.deepest} are too large to explain; train with a depth limit`,
    );
  return end;
}

function visit(tree: LooseTree, node: number, depth: number, seen: Uint8Array): void {
  if (!Number.isInteger(node) || node < 0 || node >= tree.size) {
    throw new ModelFileError(`a child points at node ${node}, the tree has ${tree.size}; save the model again`, { node });
  }
  if (seen[node] === 1) throw new ModelFileError('the node has two parents, so this is no tree; save the model again', { node });
  if (depth > MAX_DEPTH) throw new ModelFileError(`the tree is deeper than ${MAX_DEPTH}; train with a depth limit`, { node });
  seen[node] = 1;
}

function copyNode(tree: LooseTree, node: number, rowWidth: number, nodes: Nodes, place: number): void {
  const feature = tree.feature[node]!;
  const value = tree.value[node]!;
  const cover = tree.cover[node]!;
  if (feature !== LEAF && !(Number.isInteger(feature) && feature >= 0 && feature < rowWidth)) {
    throw new ModelFileError(`it splits on feature ${feature}, the model has ${rowWidth}; save the model again`, { node });
  }
  // An infinite threshold splits "known" from "missing" (LightGBM writes it).
  if (!Number.isFinite(value) && !(feature !== LEAF && value === Number.POSITIVE_INFINITY)) {
    throw new ModelFileError(`its ${feature === LEAF ? 'leaf value' : 'threshold'} is ${value}; it must be a finite number`, {
      node,
    });
  }
  if (!(Number.isFinite(cover) && cover >= 0)) {
    throw new ModelFileError(`its training weight is ${cover}; it must be a finite number, 0 or more`, { node });
  }
  nodes.feature[place] = feature;
  nodes.value[place] = value;
  nodes.left[place] = LEAF;
  nodes.right[place] = LEAF;
  nodes.missingGoesLeft[place] = feature === LEAF ? 0 : tree.missingGoesLeft[node]!;
  nodes.zeroIsMissing[place] = feature === LEAF ? 0 : (tree.zeroIsMissing?.[node] ?? 0);
  nodes.cover[place] = cover;
}

/** Every row's score is finite, because the largest leaves of all trees together are. */
function checkReach({ feature, value }: Nodes, roots: Int32Array, end: number, baseMargin: number): void {
  let reach = Math.abs(baseMargin);
  for (const [tree, root] of roots.entries()) {
    let largest = 0;
    for (let node = root; node < (roots[tree + 1] ?? end); node++) {
      if (feature[node] === LEAF) largest = Math.max(largest, Math.abs(value[node]!));
    }
    reach += largest;
    if (reach > MAX_MARGIN)
      throw new ModelFileError(`its leaves add up beyond ${MAX_MARGIN}; the file is damaged, save the model again`, { tree });
  }
}

/** SHAP divides a child's cover by its parent's: shares that do not add up would be silently wrong contributions. */
function checkCovers({ feature, left, right, cover }: Nodes, start: number, end: number): void {
  for (let node = start; node < end; node++) {
    if (feature[node] === LEAF) continue;
    const whole = cover[node]!;
    const parts = cover[left[node]!]! + cover[right[node]!]!;
    if (Math.abs(parts - whole) > COVER_TOLERANCE * whole) {
      const detail = `a branch has training weight ${whole}, its children have ${parts} together`;
      throw new ModelFileError(`${detail}; save the model again`, { node: node - start });
    }
  }
}

function trim(nodes: Nodes, end: number): Nodes {
  return {
    feature: nodes.feature.slice(0, end),
    value: nodes.value.slice(0, end),
    left: nodes.left.slice(0, end),
    right: nodes.right.slice(0, end),
    missingGoesLeft: nodes.missingGoesLeft.slice(0, end),
    zeroIsMissing: nodes.zeroIsMissing.slice(0, end),
    cover: nodes.cover.slice(0, end),
  };
}
