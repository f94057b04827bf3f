import { type Forest, LEAF } from './forest.ts';

/** What one row costs, in units: one unit is about a nanosecond on one core of the reference machine (docs/adr/0010-latency-budget.md). */
export interface Cost {
  readonly score: number;
  /** Exact path-dependent SHAP, the scores it needs for itself included. */
  readonly explain: number;
}

/**
 * The coefficients of the cost, in thousandths of a unit and whole, so that every sum is exact and two languages agree to the bit.
 * contracts/cost-units.json holds the same numbers; `node bench/trees-cost.ts` measures them anew.
 */
export const costCoefficients = {
  /** A call, whatever the model; a tree; a step of its walk: ⌈log2 of its leaves⌉ steps, about what the mean row takes. */
  scoreModel: 200_000,
  scoreTree: 500,
  scoreStep: 1_500,
  /** A call: features looked up, contributions written out. Quadrature SHAP: a tree, a split, and a split at a quadrature node. */
  explainModel: 400_000,
  explainTree: 20_000,
  explainSplit: 3_000,
  explainSplitNode: 1_250,
  /** Oblivious trees look contributions up in a table: a tree, and a distinct feature of it. */
  tableTree: 6_500,
  tableFeature: 1_250,
} as const;

/** What the cost of a tree hangs on; counts. */
export interface TreeShape {
  readonly splits: number;
  /** Most distinct features (players, where columns share a feature) on a path from the root. */
  readonly distinctOnPath: number;
  /** Whether every level asks one question, as CatBoost's symmetric trees do. */
  readonly oblivious: boolean;
}

const MILLI = 1_000;

/** What scoring and explaining one row of the whole forest costs. */
export function costOf(forest: Forest): Cost {
  let [score, explain]: [number, number] = [costCoefficients.scoreModel, costCoefficients.explainModel];
  for (let tree = 0; tree < forest.treeCount; tree++) {
    const shape = shapeOfTree(forest, tree);
    score += scoreMilli(shape);
    explain += explainMilli(shape);
  }
  return { score: score / MILLI, explain: explain / MILLI };
}

/** What the first trees cost, score and SHAP together: entry k for the first k + 1 trees; units. */
export function costsByTreeCount(forest: Forest): Float64Array {
  const costs = new Float64Array(forest.treeCount);
  let sum: number = costCoefficients.scoreModel + costCoefficients.explainModel;
  for (let tree = 0; tree < forest.treeCount; tree++) {
    const shape = shapeOfTree(forest, tree);
    sum += scoreMilli(shape) + explainMilli(shape);
    costs[tree] = sum / MILLI;
  }
  return costs;
}

function scoreMilli({ splits }: TreeShape): number {
  const steps = splits === 0 ? 0 : 32 - Math.clz32(splits);
  return costCoefficients.scoreTree + costCoefficients.scoreStep * steps;
}

function explainMilli({ splits, distinctOnPath, oblivious }: TreeShape): number {
  if (oblivious) return costCoefficients.tableTree + costCoefficients.tableFeature * distinctOnPath;
  const { explainTree, explainSplit, explainSplitNode } = costCoefficients;
  return explainTree + splits * (explainSplit + explainSplitNode * Math.max(1, Math.ceil(distinctOnPath / 2)));
}

/** Counts one tree. */
export function shapeOfTree(forest: Forest, tree: number): TreeShape {
  const { feature, left, right } = forest;
  const root = forest.roots[tree]!;
  const size = (forest.roots[tree + 1] ?? feature.length) - root;
  const parent = new Int32Array(size).fill(-1);
  const depth = new Int32Array(size);
  const distinct = new Int32Array(size);
  const levels: number[] = [];
  let splits = 0;
  let oblivious = forest.kind === 'catboost';
  for (let node = 0; node < size; node++) {
    if (feature[root + node] === LEAF) continue;
    splits++;
    for (const child of [left[root + node]! - root, right[root + node]! - root]) {
      parent[child] = node;
      depth[child] = depth[node]! + 1;
      distinct[child] = distinct[node]! + (isMetAbove(forest, root, parent, node) ? 0 : 1);
    }
    levels[depth[node]!] ??= root + node;
    const level = levels[depth[node]!]!;
    oblivious &&= feature[level] === feature[root + node] && forest.value[level] === forest.value[root + node];
  }
  return {
    splits,
    distinctOnPath: distinct.reduce((most, count) => Math.max(most, count), 0),
    // Every leaf on one level, and one question a level.
    oblivious: oblivious && splits === 2 ** levels.length - 1,
  };
}

function isMetAbove({ feature, players }: Forest, root: number, parent: Int32Array, node: number): boolean {
  const playerOf = (at: number): number => players?.ofColumn[feature[root + at]!] ?? feature[root + at]!;
  const player = playerOf(node);
  for (let above = parent[node]!; above >= 0; above = parent[above]!) if (playerOf(above) === player) return true;
  return false;
}
