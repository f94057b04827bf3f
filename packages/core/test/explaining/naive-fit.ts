import type { Neighbourhood } from '@tillcast/core/explaining/neighbourhood';

/** LIME's weighted ridge as a textbook would write it: a dense design, centred, and Gaussian elimination. */
export function naiveFit({ count, bins, logOdds }: Neighbourhood, rowBins: Uint8Array, kernelWidth = 0.75) {
  const width = rowBins.length;
  const z = Array.from({ length: count }, (_, i) => Array.from(rowBins, (bin, j) => Number(bins[i * width + j] === bin)));
  const weights = z.map((one) => {
    const distance = Math.sqrt(one.reduce((sum, same) => sum + (1 - same) ** 2, 0));
    return Math.sqrt(Math.exp(-(distance ** 2) / (kernelWidth * Math.sqrt(width)) ** 2));
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const meanOf = (value: (i: number) => number) => weights.reduce((sum, weight, i) => sum + weight * value(i), 0) / total;
  const centre = Array.from({ length: width }, (_, j) => meanOf((i) => z[i]![j]!));
  const level = meanOf((i) => logOdds[i]!);
  const matrix = centre.map((_, a) =>
    centre.map((_, b) => total * meanOf((i) => (z[i]![a]! - centre[a]!) * (z[i]![b]! - centre[b]!)) + Number(a === b)),
  );
  const beta = solve(
    matrix,
    centre.map((_, a) => total * meanOf((i) => (z[i]![a]! - centre[a]!) * (logOdds[i]! - level))),
  );
  const intercept = level - beta.reduce((sum, value, j) => sum + value * centre[j]!, 0);
  const fitted = z.map((one) => one.reduce((sum, value, j) => sum + value * beta[j]!, intercept));
  const residual = meanOf((i) => (logOdds[i]! - fitted[i]!) ** 2);
  return { weights: beta, intercept, r2: 1 - residual / meanOf((i) => (logOdds[i]! - level) ** 2) };
}

function solve(matrix: number[][], right: number[]): number[] {
  const n = right.length;
  const rows = matrix.map((line, i) => [...line, right[i]!]);
  for (let p = 0; p < n; p++) {
    for (let i = p + 1; i < n; i++) {
      const factor = rows[i]![p]! / rows[p]![p]!;
      for (let k = p; k <= n; k++) rows[i]![k]! -= factor * rows[p]![k]!;
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const rest = x.reduce((sum, value, k) => (k > i ? sum + value * rows[i]![k]! : sum), 0);
    x[i] = (rows[i]![n]! - rest) / rows[i]![i]!;
  }
  return x;
}
