/** Features as a linear model wants them: centred, scaled, clipped, with a column that says "missing" where that varies. */
export interface DesignMatrix {
  readonly width: number;
  /** Writes the columns of one row, the constant 1 first. */
  write(rows: Float32Array, row: number, into: Float64Array): void;
}

/** Values are clipped at this many standard deviations, so that one outlier does not carry the line. */
const CLIP_AT = 5;

interface Column {
  readonly feature: number;
  readonly mean: number;
  readonly scale: number;
}

/** Learns means and scales from the given rows. A feature that never varies there gets no column, nor does a missing pattern seen before. */
export function openDesignMatrix(rows: Float32Array, featureCount: number, use: Int32Array): DesignMatrix {
  const columns: Column[] = [];
  const indicators: number[] = [];
  const patterns = new Set<string>();
  for (let feature = 0; feature < featureCount; feature++) {
    const { mean, deviation, missing, pattern } = describe(rows, featureCount, feature, use);
    if (deviation > 0) columns.push({ feature, mean, scale: 1 / deviation });
    if (missing === 0 || missing === use.length || patterns.has(pattern)) continue;
    patterns.add(pattern);
    indicators.push(feature);
  }
  const width = 1 + columns.length + indicators.length;
  return { width, write: (data, row, into) => writeRow(data, row * featureCount, columns, indicators, into) };
}

function writeRow(
  rows: Float32Array,
  at: number,
  columns: readonly Column[],
  indicators: readonly number[],
  into: Float64Array,
): void {
  into[0] = 1;
  let next = 1;
  for (const { feature, mean, scale } of columns) {
    const value = rows[at + feature]!;
    // A missing value sits at the mean; its indicator says the rest.
    into[next++] = Number.isNaN(value) ? 0 : Math.max(-CLIP_AT, Math.min(CLIP_AT, (value - mean) * scale));
  }
  for (const feature of indicators) into[next++] = Number.isNaN(rows[at + feature]!) ? 1 : 0;
}

function describe(rows: Float32Array, featureCount: number, feature: number, use: Int32Array) {
  let [known, sum, squares, hash] = [0, 0, 0, 0];
  for (const row of use) {
    const value = rows[row * featureCount + feature]!;
    if (Number.isFinite(value)) {
      known++;
      sum += value;
    }
    hash = (Math.imul(hash, 31) + (Number.isNaN(value) ? 1 : 0)) | 0;
  }
  const mean = known > 0 ? sum / known : 0;
  for (const row of use) {
    const value = rows[row * featureCount + feature]!;
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  return {
    mean,
    deviation: known > 0 ? Math.sqrt(squares / known) : 0,
    missing: use.length - known,
    pattern: `${known}:${hash}`,
  };
}
