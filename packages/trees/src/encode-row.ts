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

/** How rows are read. */
export interface EncodeRowOptions {
  /**
   * Whether ±Infinity is taken as a value beyond every threshold (the default; CatBoost and LightGBM do so) or is a RowError, as it is
   * to XGBoost and scikit-learn in Python. The forests score it alike.
   */
  readonly infinite?: 'accept' | 'refuse' | undefined;
}

/**
 * The row a forest walks on, of values as a caller has them: numbers, text for categories, null (or NaN) for what is missing.
 * A category that the training data lacked is missing to XGBoost and LightGBM and unseen to CatBoost, as their own calls on data frames have it.
 * Rows of another length, text where a number belongs, and what is neither are a RowError.
 */
export function encodeRow(
  forest: Forest,
  values: readonly (number | string | null)[],
  { infinite = 'accept' }: EncodeRowOptions = {},
): Float64Array {
  if (values.length !== forest.featureCount) {
    throw new RowError(
      `the row has ${values.length} values, the model takes ${forest.featureCount}; give one a feature, null where it is missing`,
    );
  }
  const row = new Float64Array(rowWidth(forest));
  // By index: callbacks skip the holes of an array.
  for (let feature = 0; feature < values.length; feature++) {
    const value = values[feature];
    if (infinite === 'refuse' && (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY))
      refuse(forest, feature, value, 'give a finite number, or null where it is missing');
    row[feature] = encodeValue(forest, feature, value);
  }
  if (forest.encoding?.derived !== undefined) derive(forest.encoding.derived, row, forest.featureCount);
  return row;
}

function encodeValue(forest: Forest, feature: number, value: unknown): number {
  if (value === null || Number.isNaN(value)) return Number.NaN;
  const codes = forest.encoding?.codes[feature];
  const isNumber = typeof value === 'number';
  if (codes !== undefined && (isNumber || typeof value === 'string')) return codes.get(String(value)) ?? Number.NaN;
  if (codes === undefined && isNumber) return value;
  const remedy = 'the model knows no categories of it; give a number or null';
  refuse(forest, feature, value, codes === undefined ? remedy : 'give a text, a number or null');
}

function refuse(forest: Forest, feature: number, value: unknown, remedy: string): never {
  const name = (forest.featureNames[feature] ?? `feature ${feature}`).slice(0, 60);
  throw new RowError(`"${name}" is ${shown(value)}; ${remedy}`, feature);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the text "${value.slice(0, 60)}"`;
  return typeof value === 'object' || typeof value === 'function' ? `of type ${typeof value}` : String(value);
}
