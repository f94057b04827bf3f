import { type Forest, LEAF } from '../forest.ts';
import type { ShapPlan } from '../shap/plan.ts';
import { endOf } from '../shap/plan.ts';

/** A tree's branches in the order in which the kernel takes them: level by level and kind by kind, those above two leaves at the end. */
export interface LevelOrder {
  /** The forest's nodes, in order. */
  readonly nodes: readonly number[];
  readonly levels: number;
  /** How many branches each kind has: six kinds a level, two for the end. */
  readonly counts: readonly number[];
}

const KINDS_A_LEVEL = 6;

/** Orders one tree that has a branch. Kinds: [two branches below, leaf left, leaf right] × [first, repeat]; then two leaves, first and repeat. */
export function levelOrder({ feature, left, right, roots }: Forest, { branchAbove }: ShapPlan, tree: number): LevelOrder {
  const above: number[][] = [];
  const last: [number[], number[]] = [[], []];
  const depth = new Map<number, number>([[roots[tree]!, 0]]);
  let levels = 0;
  // Preorder meets parents first.
  for (let node = roots[tree]!; feature[node] !== undefined && depth.size > 0; node++) {
    const level = depth.get(node);
    if (level === undefined) break;
    depth.delete(node);
    if (feature[node] === LEAF) continue;
    const [l, r] = [left[node]!, right[node]!];
    depth.set(l, level + 1).set(r, level + 1);
    const again = branchAbove[node]! >= 0 ? 1 : 0;
    if (feature[l] === LEAF && feature[r] === LEAF) {
      last[again].push(node);
      continue;
    }
    const kind = feature[l] === LEAF ? 1 : feature[r] === LEAF ? 2 : 0;
    levels = Math.max(levels, level + 1);
    while (above.length < levels * KINDS_A_LEVEL) above.push([]);
    above[level * KINDS_A_LEVEL + kind * 2 + again]!.push(node);
  }
  const groups = [...above, ...last];
  return { nodes: groups.flat(), levels, counts: groups.map((group) => group.length) };
}

/** Whether a tree is a single leaf. */
export const isStump = (forest: Forest, tree: number): boolean => endOf(forest, tree) - forest.roots[tree]! === 1;
