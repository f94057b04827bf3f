/** Features are one group where their mean |rank correlation| is at least this. */
export const GROUPED_FROM = 0.7;

/**
 * Groups features by average linkage on 1 − |correlation| (Sokal & Michener 1958), cut where the mean |correlation| of two groups falls below
 * `least`. Groups hold column numbers in ascending order and come in the order of their first.
 */
export function clusterFeatures(
  correlations: ArrayLike<number>,
  width: number,
  least = GROUPED_FROM,
): readonly (readonly number[])[] {
  const groups = Array.from({ length: width }, (_, j) => [j]);
  for (;;) {
    const [best, a, b] = closest(groups, correlations, width);
    if (!(best >= least)) break;
    groups[a] = [...groups[a]!, ...groups[b]!].sort((x, y) => x - y);
    groups.splice(b, 1);
  }
  return groups.sort((x, y) => x[0]! - y[0]!);
}

function closest(
  groups: readonly (readonly number[])[],
  correlations: ArrayLike<number>,
  width: number,
): [number, number, number] {
  let best: [number, number, number] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (let a = 0; a < groups.length; a++) {
    for (let b = a + 1; b < groups.length; b++) {
      const alike = meanCorrelation(groups[a]!, groups[b]!, correlations, width);
      if (alike > best[0]) best = [alike, a, b];
    }
  }
  return best;
}

function meanCorrelation(a: readonly number[], b: readonly number[], correlations: ArrayLike<number>, width: number): number {
  let sum = 0;
  for (const i of a) for (const j of b) sum += Math.abs(correlations[i * width + j]!);
  return sum / (a.length * b.length);
}

/** The member of a group that is most like the others. */
export function leadOf(group: readonly number[], correlations: ArrayLike<number>, width: number): number {
  const likeness = (j: number): number => group.reduce((sum, k) => sum + Math.abs(correlations[j * width + k]!), 0);
  return group.reduce((lead, j) => (likeness(j) > likeness(lead) + 1e-12 ? j : lead));
}
