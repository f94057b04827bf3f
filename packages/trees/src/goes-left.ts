import { isInSet } from './category-sets.ts';
import { type Forest, ZERO_THRESHOLD } from './forest.ts';

/** Whether a value (NaN = missing) goes left at a branch: by threshold, by set of categories, or by the branch's rule for what is missing. */
export function goesLeft({ value, missingGoesLeft, zeroIsMissing, categories }: Forest, node: number, x: number): boolean {
  const isKnown = !Number.isNaN(x) && (zeroIsMissing === undefined || zeroIsMissing[node] === 0 || Math.abs(x) > ZERO_THRESHOLD);
  if (!isKnown) return missingGoesLeft[node] === 1;
  return categories !== undefined && categories.asks[node] === 1 ? isInSet(categories, node, x) : x <= value[node]!;
}
