import { floorFloat32, nextFloat32, previousFloat64 } from './float32-grid.ts';
import { type Forest, LEAF, ZERO_THRESHOLD } from './forest.ts';

/** Puts float32 numbers in the places of a row's float64 ones, from `offset` on. */
export type ToFloat32 = (row: Float64Array, offset: number) => void;

/**
 * Makes rows of float64 such that the kernel, which holds float32 alone, may take them: a value gives way to the neighbouring float32 that every
 * node of the forest sends the same way. Where two thresholds lie between neighbours and the value between those, none does, and the value stays.
 */
export function openToFloat32(forest: Forest): ToFloat32 {
  const columns = [...thresholdsOf(forest)].map(([feature, thresholds]) => ({ feature, thresholds }));
  return (row, offset) => {
    for (const { feature, thresholds } of columns) {
      const x = row[offset + feature]!;
      if (Math.fround(x) !== x && !Number.isNaN(x)) row[offset + feature] = standIn(thresholds, x);
    }
  };
}

/** By feature, what its nodes ask `x ≤ t` of, ascending; features of which a node asks for a set of categories are left out. */
function thresholdsOf({ feature, value, zeroIsMissing, categories }: Forest): Map<number, Float64Array> {
  const asked = new Map<number, Set<number>>();
  const sets = new Set<number>();
  for (const [node, column] of feature.entries()) {
    if (column === LEAF) continue;
    if (categories?.asks[node] === 1) sets.add(column);
    const thresholds = asked.get(column) ?? new Set();
    asked.set(column, thresholds.add(value[node]!));
    // A node that takes |x| ≤ z for missing asks two more questions.
    if (zeroIsMissing?.[node] === 1) thresholds.add(ZERO_THRESHOLD).add(previousFloat64(-ZERO_THRESHOLD));
  }
  for (const column of sets) asked.delete(column);
  return new Map([...asked].map(([column, thresholds]) => [column, Float64Array.from(thresholds).sort()]));
}

/** The float32 below or above x that lies on the same side of each of the ascending thresholds; x itself where neither does. */
export function standIn(thresholds: Float64Array, x: number): number {
  const below = floorFloat32(x);
  const above = nextFloat32(below);
  // A float32 is on the same side of a threshold as x unless the threshold lies between the two.
  const first = firstAtLeast(thresholds, x);
  const isBelowFree = !(thresholds[first - 1]! >= below);
  if (isBelowFree) return below;
  const isAboveFree = !(thresholds[first]! < above);
  return isAboveFree ? above : x;
}

/** Where the first number stands that is at least x; the length where none is. */
function firstAtLeast(ascending: Float64Array, x: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! >= x) to = middle;
    else from = middle + 1;
  }
  return from;
}
