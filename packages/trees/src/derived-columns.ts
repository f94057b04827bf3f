/** Columns that `encodeRow` computes from categories: CatBoost's statistics of the target (CTRs), by a hash of the categories. */
export interface DerivedColumns {
  /** CatBoost's hash of each category, by its number. */
  readonly hashes: Int32Array;
  readonly projections: readonly Projection[];
  /** In the order in which they stand behind the features. */
  readonly columns: readonly DerivedColumn[];
}

/** What is hashed together: categories, and answers to yes-no questions. */
export interface Projection {
  readonly categories: readonly number[];
  readonly questions: readonly Question[];
}

/** Whether a number is above a threshold, or (category) whether a category is this one. */
export interface Question {
  readonly kind: 'above' | 'equal';
  readonly column: number;
  readonly value: number;
  /** The answer where the value is missing. */
  readonly whenMissing: boolean;
}

/** One statistic, computed at load for every hash of the training data. */
export interface DerivedColumn {
  readonly projection: number;
  /** Where a hash stands in `values`. */
  readonly places: ReadonlyMap<bigint, number>;
  readonly values: Float64Array;
  /** The statistic where training saw no such combination. */
  readonly unseen: number;
}

/** CatBoost's own evaluator gives this hash to a category that it does not know; the tables hold none of it. */
const UNKNOWN_HASH = 0x7fffffff;
/** MAGIC_MULT of CalcHash in catboost/libs/model/hash.h. */
const MULTIPLIER = 0x4906ba494954cb65n;

/** Fills a row's derived columns from its first ones. */
export function derive({ hashes, projections, columns }: DerivedColumns, row: Float64Array, featureCount: number): void {
  const keys = projections.map((projection) => hashOf(projection, hashes, row));
  for (const [index, { projection, places, values, unseen }] of columns.entries()) {
    const place = places.get(keys[projection]!);
    row[featureCount + index] = place === undefined ? unseen : values[place]!;
  }
}

function hashOf({ categories, questions }: Projection, hashes: Int32Array, row: Float64Array): bigint {
  let hash = 0n;
  for (const column of categories) hash = mix(hash, hashes[row[column]!] ?? UNKNOWN_HASH);
  for (const question of questions) hash = mix(hash, answer(question, row[question.column]!) ? 1 : 0);
  return hash;
}

function answer({ kind, value, whenMissing }: Question, x: number): boolean {
  if (Number.isNaN(x)) return whenMissing;
  return kind === 'above' ? x > value : x === value;
}

/** CalcHash: M · (a + M · b) in 64 bits, b sign-extended. */
const mix = (hash: bigint, next: number): bigint =>
  BigInt.asUintN(64, MULTIPLIER * BigInt.asUintN(64, hash + MULTIPLIER * BigInt(next)));
