import type { Forest } from '../src/forest.ts';

/** What players are worth, told by feature: each player's part in equal parts to its features. */
export function shareByFeature({ players, featureCount }: Forest, values: readonly number[]): number[] {
  if (players === undefined) return [...values];
  const shared = Array.from({ length: featureCount }, () => 0);
  for (const [player, features] of players.features.entries())
    for (const feature of features) shared[feature]! += values[player]! / features.length;
  return shared;
}

/** The same for a matrix of pairs of players: what one does alone stays on the diagonal. */
export function shareByFeatures(forest: Forest, matrix: readonly (readonly number[])[]): number[][] {
  const alone = shareByFeature(
    forest,
    matrix.map((row, player) => row[player]!),
  );
  const rows = matrix.map((row, player) =>
    shareByFeature(
      forest,
      row.map((value, other) => (other === player ? 0 : value)),
    ),
  );
  const columns = alone.map((_, j) =>
    shareByFeature(
      forest,
      rows.map((row) => row[j]!),
    ),
  );
  return alone.map((value, i) => columns.map((column, j) => column[i]! + (i === j ? value : 0)));
}
