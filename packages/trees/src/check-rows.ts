import { RowError } from './encode-row.ts';
import { type Forest, rowWidth } from './forest.ts';

/** Refuses, with a RowError, a row that ends before its `rowWidth` values from `offset`: reading on would take what is not there for missing. */
export function checkRow(forest: Forest, row: ArrayLike<number>, offset: number): void {
  const width = rowWidth(forest);
  // Written so that an offset that is no number is refused as well.
  if (!(offset >= 0 && offset + width <= row.length)) refuseRow(forest, row, offset);
}

/** Refuses, with a RowError, a matrix that ends before `rowCount` rows of `rowWidth` values, or answers that do not fit: `outWidth` a row. */
export function checkRows(forest: Forest, rows: ArrayLike<number>, rowCount: number, out: ArrayLike<number>, outWidth = 1): void {
  if (!(Number.isInteger(rowCount) && rowCount >= 0))
    throw new RowError(`there are ${rowCount} rows to read; give a whole number`);
  const width = rowWidth(forest);
  if (rowCount * width > rows.length)
    throw new RowError(
      `the rows have ${rows.length} values, ${rowCount} rows of ${width} have ${rowCount * width}; ${remedyOf(forest)}`,
    );
  checkOut(out, 0, rowCount * outWidth);
}

/** Refuses, with a RowError, an array too short for `count` answers from `offset`: writing on would lose them without a word. */
export function checkOut(out: ArrayLike<number>, offset: number, count: number): void {
  if (!(offset >= 0 && offset + count <= out.length))
    throw new RowError(
      `the answers take ${count} places from ${offset}, the array for them has ${out.length}; give a longer one`,
    );
}

function refuseRow(forest: Forest, row: ArrayLike<number>, offset: number): never {
  const from = offset === 0 ? '' : ` from ${offset}`;
  throw new RowError(
    `the row has ${Math.max(0, row.length - offset)} values${from}, the model takes ${rowWidth(forest)}; ${remedyOf(forest)}`,
  );
}

const remedyOf = (forest: Forest): string =>
  rowWidth(forest) > forest.featureCount
    ? 'make rows with encodeRow, which computes what the model reads behind its features'
    : 'give one a feature, NaN where it is missing';
