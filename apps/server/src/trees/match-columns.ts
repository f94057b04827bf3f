import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Forest } from '@tillcast/trees/forest';

/** Which column of a CSV file feeds which feature. */
export interface ColumnMatch {
  /** The features' names: the model's, or the header's where the model has none. */
  readonly names: readonly string[];
  /** Column number of each feature. */
  readonly columns: readonly number[];
  /** Columns the model does not know. */
  readonly ignored: readonly string[];
}

/** By name where the model has names (further columns are ignored); by position where it has none, all columns and no more. */
export function matchColumns(forest: Forest, header: readonly string[], file: string): ColumnMatch {
  const names = header.map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new TillcastError('INPUT_INVALID', `${file}: the header names "${twice}" twice; name each column once`);
  return forest.featureNames.length > 0 ? byName(forest.featureNames, names, file) : byPosition(forest.featureCount, names, file);
}

function byName(features: readonly string[], header: readonly string[], file: string): ColumnMatch {
  const columns = features.map((name) => header.indexOf(name));
  const missing = features.filter((_, index) => columns[index]! < 0);
  if (missing.length > 0) {
    const list = missing.slice(0, 20).map((name) => `"${name}"`);
    const more = missing.length > list.length ? ` and ${missing.length - list.length} more` : '';
    throw new TillcastError(
      'INPUT_INVALID',
      `${file}: the header lacks ${list.join(', ')}${more}, which the model asks for; add the columns (empty cells = missing)`,
    );
  }
  const known = new Set(features);
  return { names: features, columns, ignored: header.filter((name) => !known.has(name)) };
}

function byPosition(featureCount: number, header: readonly string[], file: string): ColumnMatch {
  if (header.length !== featureCount) {
    const detail = `the model has no feature names and takes ${featureCount} columns by position, the header has ${header.length}`;
    throw new TillcastError('INPUT_INVALID', `${file}: ${detail}; give exactly the columns it was trained on, in that order`);
  }
  refuseShuffledNumbers(header, file);
  return { names: header, columns: header.map((_, index) => index), ignored: [] };
}

/** Columns named `f2, f0, f1` (or `Column_2 …`, `2 …`) say that they are out of the order they will be taken in. */
function refuseShuffledNumbers(header: readonly string[], file: string): void {
  const numbers = header.map((name) => /^(?:Column_|f|x)?(\d+)$/i.exec(name)?.[1]);
  if (numbers.some((number) => number === undefined)) return;
  const shuffled = numbers.findIndex((number, index) => index > 0 && Number(number) <= Number(numbers[index - 1]));
  if (shuffled < 0) return;
  const detail = `the model has no feature names, so columns count by position, but "${header[shuffled]}" follows "${header[shuffled - 1]}"`;
  throw new TillcastError('INPUT_INVALID', `${file}: ${detail}; put the columns into the order of training`);
}
