/** A ridge regression as the trainer writes it: one entry a feature, in the order of the features. */
export interface LinearTerm {
  readonly intercept: number;
  /** Standard deviations at which a value is cut. */
  readonly clip: number;
  readonly columns: readonly LinearColumn[];
}

/** How one feature enters a line: its curve, centred and scaled, times a coefficient; `missing` is added where it is missing. */
export interface LinearColumn {
  /** `log` = sign(v) · log(1 + |v|). */
  readonly curve: 'plain' | 'log';
  readonly mean: number;
  readonly scale: number;
  readonly coefficient: number;
  readonly missing: number;
}

/** The line at one row, whose features begin at `at`; NaN is missing and sits at the mean. */
export function linearLine({ intercept, clip, columns }: LinearTerm, rows: ArrayLike<number>, at: number): number {
  let line = intercept;
  for (let i = 0; i < columns.length; i++) {
    const { curve, mean, scale, coefficient, missing } = columns[i]!;
    const value = rows[at + i]!;
    if (Number.isNaN(value)) {
      line += missing;
      continue;
    }
    const curved = curve === 'log' ? Math.sign(value) * Math.log1p(Math.abs(value)) : value;
    line += coefficient * Math.max(-clip, Math.min(clip, (curved - mean) * scale));
  }
  return line;
}
