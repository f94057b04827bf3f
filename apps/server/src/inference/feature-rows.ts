import { maxInferRows } from '@tillcast/api/v2';
import { parseCell } from '../trees/csv-number.ts';
import type { Element } from './binary-tensors.ts';
import { refuseTensor, type Tensor } from './tensor.ts';

/** Rows of a model's features, laid out one after the other. */
export interface FeatureRows {
  readonly rows: Float32Array;
  readonly rowCount: number;
}

/** A value as a float32, rounded once; missing = NaN. */
function numberOf(value: Element, { pointer, name }: Tensor): number {
  const number = value === null ? Number.NaN : typeof value === 'number' ? value : parseCell(value);
  if (number === undefined)
    return refuseTensor(pointer, `"${name}" holds ${JSON.stringify(value).slice(0, 60)}, which is no number`);
  const rounded = Math.fround(number);
  return Number.isFinite(rounded) || Number.isNaN(number)
    ? rounded
    : refuseTensor(pointer, `"${name}" holds ${number}, which is not finite as a float32`);
}

/** How many rows the tensors have, all the same. Refuses none, too many, and columns of unequal length. */
export function rowsOf(tensors: readonly Tensor[]): number {
  const [rowCount] = tensors[0]!.shape as [number];
  const other = tensors.find(({ shape }) => shape[0] !== rowCount);
  if (other !== undefined) refuseTensor(`${other.pointer}/shape`, `has ${other.shape[0]} rows; the first input has ${rowCount}`);
  if (rowCount === 0) refuseTensor(`${tensors[0]!.pointer}/shape`, 'holds no row');
  if (rowCount > maxInferRows)
    refuseTensor(`${tensors[0]!.pointer}/shape`, `holds ${rowCount} rows; at most ${maxInferRows} go into one request`);
  return rowCount;
}

/** Refuses a tensor that is no column. */
export function checkColumn({ shape, pointer, name }: Tensor): void {
  if (shape.length === 2 && shape[1] !== 1) refuseTensor(`${pointer}/shape`, `"${name}" is a column: its shape is [n] or [n, 1]`);
}

function fromColumns(tensors: readonly Tensor[], names: readonly string[], rowCount: number): Float32Array {
  const stranger = tensors.find(({ name }) => !names.includes(name));
  if (stranger !== undefined)
    refuseTensor(stranger.pointer, `"${stranger.name}" is no feature of the model; GET its metadata for their names`);
  const columns = names.map((name) => tensors.find((tensor) => tensor.name === name));
  const missing = names.filter((_, index) => columns[index] === undefined);
  if (missing.length > 0)
    refuseTensor('/inputs', `lacks the features ${missing.slice(0, 20).join(', ')}; send null for what is not known`);
  const rows = new Float32Array(rowCount * names.length);
  for (const [index, tensor] of (columns as Tensor[]).entries()) {
    checkColumn(tensor);
    for (let row = 0; row < rowCount; row++) rows[row * names.length + index] = numberOf(tensor.values[row]!, tensor);
  }
  return rows;
}

/** The rows of a request: one tensor [n, width] of all features in their order, or a column a feature. */
export function featureRowsOf(tensors: readonly Tensor[], names: readonly string[]): FeatureRows {
  const rowCount = rowsOf(tensors);
  const [only] = tensors as [Tensor];
  const isWhole = tensors.length === 1 && only.shape.length === 2 && !(names.includes(only.name) && only.shape[1] === 1);
  if (!isWhole) return { rows: fromColumns(tensors, names, rowCount), rowCount };
  if (only.shape[1] !== names.length)
    refuseTensor(`${only.pointer}/shape`, `has ${only.shape[1]} columns; the model takes ${names.length} features`);
  return { rows: Float32Array.from(only.values, (value) => numberOf(value, only)), rowCount };
}
