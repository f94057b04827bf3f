import { floorFloat32, nextFloat32 } from './float32-grid.ts';

/**
 * The float32 below or above x that every question `x ≤ t` answers alike, t being one of the ascending thresholds; x itself where neither does,
 * because two thresholds lie between neighbouring float32 and x between those.
 */
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
