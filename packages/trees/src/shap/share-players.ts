/** Adds each player's contribution in equal parts to its features, as CatBoost does for combinations. */
export function sharePlayers(features: readonly Int32Array[], sums: Float64Array, out: Float64Array, outOffset: number): void {
  for (const [player, members] of features.entries()) {
    const part = sums[player]! / members.length;
    for (const feature of members) out[outOffset + feature]! += part;
  }
}
