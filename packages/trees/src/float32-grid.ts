const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);
const double = new Float64Array(1);
const wide = new BigInt64Array(double.buffer);

/** The largest finite float32. */
export const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** The float32 before a finite or infinite float32; −Infinity stays. */
export function previousFloat32(value: number): number {
  if (value === Number.NEGATIVE_INFINITY) return value;
  float[0] = value;
  if (value === 0) bits[0] = 0x80000001 | 0;
  else bits[0]! += value > 0 ? -1 : 1;
  return float[0]!;
}

/** The float32 after a finite or infinite float32; +Infinity stays. */
export const nextFloat32 = (value: number): number => -previousFloat32(-value);

/** The float64 before a finite one. */
export function previousFloat64(value: number): number {
  double[0] = value;
  if (value === 0) return -Number.MIN_VALUE;
  wide[0]! += value > 0 ? -1n : 1n;
  return double[0]!;
}

/** The largest float32 at or below a finite float64. */
export function floorFloat32(value: number): number {
  const near = Math.fround(value);
  return near > value ? previousFloat32(near) : near;
}

/**
 * The float64 t' for which `x ≤ t'` holds exactly when `fround(x) ≤ t` does, t being a float32:
 * the middle between t and its successor, itself included when ties round to t (the even significand).
 * So a library that rounds a row to float32 is followed without rounding it.
 */
export function roundingThreshold(threshold: number): number {
  if (threshold === Number.POSITIVE_INFINITY) return threshold;
  // Below the middle between the largest float32 and 2^128 a double still rounds to the largest.
  const next = threshold === LARGEST_FLOAT32 ? 2 ** 128 : nextFloat32(threshold);
  const from = threshold === Number.NEGATIVE_INFINITY ? -(2 ** 128) : threshold;
  const middle = from / 2 + next / 2;
  return Math.fround(middle) <= threshold ? middle : previousFloat64(middle);
}
