import type { ReferenceProfile } from './bundle.ts';

const SHARES = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1];

/** Per feature the quantiles of its known values (none where it is never known) and the share missing. */
export function describeFeatures(rows: Float32Array, names: readonly string[], rowCount: number): ReferenceProfile['features'] {
  return Object.fromEntries(names.map((name, feature) => [name, describe(rows, names.length, feature, rowCount)]));
}

function describe(rows: Float32Array, width: number, feature: number, rowCount: number): ReferenceProfile['features'][string] {
  const known = new Float32Array(rowCount);
  let count = 0;
  for (let row = 0; row < rowCount; row++) {
    const value = rows[row * width + feature]!;
    if (!Number.isNaN(value)) known[count++] = value;
  }
  const sorted = known.subarray(0, count).sort();
  const quantiles = count === 0 ? [] : SHARES.map((share) => sorted[Math.round(share * (count - 1))]!);
  return { quantiles, missing: rowCount === 0 ? 0 : 1 - count / rowCount };
}
