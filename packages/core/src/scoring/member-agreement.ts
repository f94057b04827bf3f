/**
 * 1 − the width of the members' 90 % probability range (5 % to 95 % quantile, Hyndman & Fan 1996, type 7), in [0, 1].
 * How much the members agree, not a chance of being right; one member alone always agrees with itself.
 */
export function memberAgreement(probabilities: readonly number[]): number {
  if (probabilities.length < 2) return 1;
  const sorted = probabilities.toSorted((a, b) => a - b);
  return 1 - (quantile(sorted, 0.95) - quantile(sorted, 0.05));
}

function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
