/** What two features do together beyond what each does alone, in log-odds. */
export interface FeaturePair {
  readonly features: readonly [number, number];
  readonly interaction: number;
}

/** The strongest pairs of a symmetric matrix of interaction values, both halves together; zeros are left out, ties go to the earlier pair. */
export function topPairs(interactions: ArrayLike<number>, width: number, count: number): readonly FeaturePair[] {
  const pairs: FeaturePair[] = [];
  for (let i = 0; i < width; i++) {
    for (let j = i + 1; j < width; j++) {
      const interaction = interactions[i * width + j]! + interactions[j * width + i]!;
      if (interaction !== 0) pairs.push({ features: [i, j], interaction });
    }
  }
  return pairs.sort((a, b) => Math.abs(b.interaction) - Math.abs(a.interaction)).slice(0, count);
}
