import { solvePositive } from '../learning/solve.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** A weighted linear model around a row. */
export interface LocalFit {
  /** One weight a feature: how far log-odds differ where the feature is in the row's bin. 0 where the bin tells nothing. */
  readonly weights: Float64Array;
  readonly intercept: number;
  /** Weighted share of the variance explained. */
  readonly r2: number;
}

/** lime's default: the kernel's width is 0.75 √(number of features), its value √exp(−d² / width²). */
const WIDTH = 0.75;
/** lime's default strength of the ridge. */
const RIDGE = 1;

/**
 * Ribeiro, Singh & Guestrin 2016, eq. 1 with the exponential kernel and ridge that `lime` uses for tables: z_j = 1 where a sample lies in the row's
 * bin of feature j. Centred columns are the same for z and 1 − z but for their sign, so each feature is told by whichever is rarer, and a sample
 * costs the pairs of its rare features alone.
 */
export function fitLocally(neighbourhood: Neighbourhood, rowBins: Uint8Array): LocalFit {
  const width = rowBins.length;
  const inBinIsRare = Uint8Array.from(rowBins, (bin, j) => Number(2 * neighbourhood.binCount(j, bin) <= neighbourhood.count));
  const { gram, moment, total, sum, squares } = addUp(neighbourhood, rowBins, inBinIsRare);
  const share = Float64Array.from({ length: width }, (_, j) => gram[j * width + j]! / total);
  const telling = Array.from(share.keys()).filter((j) => share[j]! > 0 && share[j]! < 1 - 1e-12);
  const n = telling.length;
  const centred = new Float64Array(n * n);
  const target = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    const j = telling[a]!;
    target[a] = moment[j]! - share[j]! * sum;
    for (let b = 0; b <= a; b++) {
      const k = telling[b]!;
      centred[a * n + b] = gram[j * width + k]! - total * share[j]! * share[k]!;
    }
  }
  const ridged = centred.slice();
  for (let a = 0; a < n; a++) ridged[a * n + a]! += RIDGE;
  const solution = solvePositive(ridged, target);
  const mean = sum / total;
  const weights = new Float64Array(width);
  let intercept = mean;
  telling.forEach((j, a) => {
    weights[j] = inBinIsRare[j] === 1 ? solution[a]! : -solution[a]!;
    intercept -= weights[j]! * (inBinIsRare[j] === 1 ? share[j]! : 1 - share[j]!);
  });
  const variance = squares - total * mean * mean;
  return { weights, intercept, r2: variance > 1e-9 * squares ? 1 - residual(centred, target, solution, variance) / variance : 0 };
}

/** Weighted sums over the samples; of `gram` the lower triangle, columns being the rarer sides. */
function addUp({ count, bins, logOdds }: Neighbourhood, rowBins: Uint8Array, inBinIsRare: Uint8Array) {
  const width = rowBins.length;
  const kernel = Float64Array.from({ length: width + 1 }, (_, m) => Math.exp(-m / (2 * WIDTH * WIDTH * width)));
  const gram = new Float64Array(width * width);
  const moment = new Float64Array(width);
  const rare = new Int32Array(width);
  let [total, sum, squares] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const from = i * width;
    let mismatches = 0;
    let found = 0;
    for (let j = 0; j < width; j++) {
      const same = bins[from + j] === rowBins[j] ? 1 : 0;
      mismatches += 1 - same;
      rare[found] = j;
      found += same === inBinIsRare[j] ? 1 : 0;
    }
    const weight = kernel[mismatches]!;
    const weighted = weight * logOdds[i]!;
    total += weight;
    sum += weighted;
    squares += weighted * logOdds[i]!;
    for (let a = 0; a < found; a++) {
      const j = rare[a]!;
      const line = j * width;
      moment[j]! += weighted;
      for (let b = 0; b <= a; b++) gram[line + rare[b]!]! += weight;
    }
  }
  return { gram, moment, total, sum, squares };
}

/** Weighted squares left over: y'y − 2 β'Z'y + β'Z'Zβ, all centred. */
function residual(gram: Float64Array, moment: Float64Array, beta: Float64Array, variance: number): number {
  const n = beta.length;
  let left = variance;
  for (let a = 0; a < n; a++) {
    left += beta[a]! * (beta[a]! * gram[a * n + a]! - 2 * moment[a]!);
    for (let b = 0; b < a; b++) left += 2 * beta[a]! * beta[b]! * gram[a * n + b]!;
  }
  return left;
}
