/** p-values adjusted by Benjamini and Hochberg (1995): rejecting those ≤ q keeps the share of false discoveries ≤ q. Same order as given. */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const m = pValues.length;
  let least = 1;
  return adjusted(pValues, 'falling', (p, rank) => {
    least = Math.min(least, p * (m / (m - rank)));
    return least;
  });
}

/** p-values adjusted by Holm (1979): rejecting those ≤ α keeps the chance of any false rejection ≤ α. Same order as given. */
export function holm(pValues: readonly number[]): number[] {
  const m = pValues.length;
  let most = 0;
  return adjusted(pValues, 'rising', (p, rank) => {
    most = Math.max(most, Math.min(1, p * (m - rank)));
    return most;
  });
}

/** Goes through the values in order, `rank` from 0, and puts what comes out where the value stood. */
function adjusted(values: readonly number[], order: 'rising' | 'falling', step: (p: number, rank: number) => number): number[] {
  const sign = order === 'rising' ? 1 : -1;
  const places = values.map((_, at) => at).sort((a, b) => sign * (values[a]! - values[b]!));
  const out = new Array<number>(values.length);
  for (const [rank, at] of places.entries()) out[at] = step(values[at]!, rank);
  return out;
}
