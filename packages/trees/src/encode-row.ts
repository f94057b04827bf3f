import { derive } from './derived-columns.ts';
import { type Forest, rowWidth } from './forest.ts';

/** A row that a model cannot take; the message names the feature, the value and the remedy. */
export class RowError extends Error {
  override readonly name = 'RowError';
  /** Where the row is wrong; undefined where its length is. */
  readonly feature: number | undefined;

  constructor(problem: string, feature?: number) {
    super(problem);
    this.feature = feature;
  }
}

/**
 * The row a forest walks on, of values as a caller has them: numbers, text for categories, null (or NaN) for what is missing.
 * A category that the training data lacked is missing to XGBoost and LightGBM and unseen to CatBoost, as their own calls on data frames have it.
 */
export function encodeRow(forest: Forest, values: readonly (number | string | null)[]): Float64Array {
  if (values.length !== forest.featureCount) {
    throw new RowError(
      `the row has ${values.length} values, the model takes ${forest.featureCount}; give one a feature, null where it is missing`,
    );
  }
  const row = new Float64Array(rowWidth(forest));
  for (const [feature, value] of values.entries()) row[feature] = encodeValue(forest, feature, value);
  if (forest.encoding?.derived !== undefined) derive(forest.encoding.derived, row, forest.featureCount);
  return row;
}

function encodeValue(forest: Forest, feature: number, value: number | string | null): number {
  const codes = forest.encoding?.codes[feature];
  if (codes !== undefined) return value === null ? Number.NaN : (codes.get(String(value)) ?? Number.NaN);
  if (value === null) return Number.NaN;
  if (typeof value === 'number') return value;
  const name = forest.featureNames[feature] ?? `feature ${feature}`;
  throw new RowError(
    `"${name}" is the text "${String(value).slice(0, 60)}", the model knows no categories of it; give a number or null`,
    feature,
  );
}
