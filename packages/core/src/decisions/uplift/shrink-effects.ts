/** How predicted effects become the ones that are acted on: mean + slope · (predicted − centre). */
export interface Shrinkage {
  /** The doubly robust mean effect. */
  readonly mean: number;
  /** The mean of the predicted effects. */
  readonly centre: number;
  /** 0 = the features tell nothing that holds out of fold; at most 1. */
  readonly slope: number;
}

/**
 * The best line from out-of-fold predictions to doubly robust effects (best linear predictor: Chernozhukov, Demirer, Duflo and
 * Fernández-Val 2018, eq. 3.1), its slope shrunk towards 0 by what noise alone would add, b (1 − 1/z²) (positive part: James and Stein 1961).
 */
export function learnShrinkage(predicted: ArrayLike<number>, effects: ArrayLike<number>): Shrinkage {
  const n = predicted.length;
  const mean = meanOf(effects);
  const centre = meanOf(predicted);
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = predicted[i]! - centre;
    const y = effects[i]! - mean;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  if (!(xx > 0) || n < 3 || xy <= 0) return { mean, centre, slope: 0 };
  const slope = xy / xx;
  const squaredError = (yy - slope * xy) / (n - 2) / xx;
  return { mean, centre, slope: Math.min(1, slope * Math.max(0, 1 - squaredError / (slope * slope))) };
}

/** The effect to act on. */
export const shrunk = ({ mean, centre, slope }: Shrinkage, predicted: number): number => mean + slope * (predicted - centre);

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / Math.max(1, values.length);
}
