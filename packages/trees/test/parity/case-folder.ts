import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { encodeRow } from '../../src/encode-row.ts';
import { type Forest, rowWidth } from '../../src/forest.ts';
import { readForest } from '../../src/read-forest.ts';

interface Meta {
  readonly model: string;
  /** catboost, xgboost, lightgbm or sklearn. */
  readonly family: string;
  readonly library: string;
  readonly features: number;
  readonly rows: number;
  /** The words of columns whose rows hold numbers of words; what lies beyond, training never saw. */
  readonly words: Readonly<Record<number, readonly string[]>>;
  readonly base_margin: number | null;
  readonly tolerance: Tolerance;
}

/** The largest distance allowed to the library's raw scores and contributions, and to the float64 oracle's contributions. */
export interface Tolerance {
  readonly raw: number;
  readonly shap: number;
  readonly exact: number;
}

/** A fresh model with its library's answers, as trainer/fixtures/matrices.py wrote them. */
export interface ParityCase {
  readonly name: string;
  readonly family: string;
  readonly library: string;
  readonly forest: Forest;
  readonly rowCount: number;
  /** Ready to walk on, `rowWidth` values each. */
  readonly rows: Float64Array;
  readonly raw: Float64Array;
  /** Contributions, the bias last, NaN where the row was not explained; empty where the library explains none. */
  readonly shap: Float64Array;
  /** The same by the float64 oracle, for the first rows. */
  readonly exact: Float64Array;
  readonly tolerance: Tolerance;
}

/** Reads one case's folder. */
export function readCase(folder: string): ParityCase {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Meta;
  const name = basename(folder);
  const forest = readForest(readFileSync(join(folder, meta.model)), { baseMargin: meta.base_margin ?? undefined, file: name });
  const matrix = (file: string) => readMatrix(join(folder, `${file}.f64`));
  const rows = encodeRows(forest, matrix('rows'), meta);
  const { family, library, rows: rowCount, tolerance } = meta;
  const answers = { raw: matrix('raw'), shap: matrix('shap'), exact: matrix('exact') };
  return { name, family, library, forest, rowCount, rows, ...answers, tolerance };
}

/** The same case asked on its first rows only; rows lie in no order. */
export function firstRows(parity: ParityCase, count: number): ParityCase {
  const { forest, rows, raw, shap, exact } = parity;
  const cut = (matrix: Float64Array) => matrix.subarray(0, count * (forest.featureCount + 1));
  return {
    ...parity,
    rowCount: Math.min(count, parity.rowCount),
    rows: rows.subarray(0, count * rowWidth(forest)),
    raw: raw.subarray(0, count),
    shap: cut(shap),
    exact: cut(exact),
  };
}

function readMatrix(file: string): Float64Array {
  if (!existsSync(file)) return new Float64Array();
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** The rows as the forest walks on them: words looked up, CatBoost's statistics computed. */
function encodeRows(forest: Forest, numbers: Float64Array, { rows, features, words }: Meta): Float64Array {
  if (forest.encoding === undefined) return numbers;
  const width = rowWidth(forest);
  const encoded = new Float64Array(rows * width);
  const asCaller = (number: number, column: number): number | string | null => {
    if (words[column] === undefined) return number;
    return Number.isNaN(number) ? null : (words[column][number] ?? 'a word nobody saw');
  };
  for (let row = 0; row < rows; row++) {
    const values = Array.from(numbers.subarray(row * features, (row + 1) * features), asCaller);
    encoded.set(encodeRow(forest, values), row * width);
  }
  return encoded;
}
