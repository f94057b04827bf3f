import { ModelFileError } from '../errors.ts';
import type { Encoding } from '../forest.ts';
import { asArray, asLabel } from './checked-json.ts';
import { parseJson } from './parse-json.ts';

/** The categories of a model trained on a pandas frame: the last line lists them, in the order of the parameter `categorical_feature`. */
export function readEncoding(tail: string, featureCount: number): Encoding | undefined {
  const line = /^pandas_categorical:(.*)$/m.exec(tail)?.[1]?.trim();
  if (line === undefined || line === 'null' || line === '[]') return undefined;
  const lists = asArray(parseLine(line), 'pandas_categorical');
  const columns = (/^\[categorical_feature: ([\d,]*)\]$/m.exec(tail)?.[1] ?? '').split(',').filter(Boolean).map(Number);
  // Without the parameters nobody can say which column a list belongs to; numbers still work.
  if (columns.length !== lists.length) return undefined;
  const codes: (ReadonlyMap<string, number> | undefined)[] = Array(featureCount).fill(undefined);
  for (const [index, column] of columns.entries()) {
    if (column >= featureCount)
      throw new ModelFileError(`"categorical_feature" names column ${column}, the model has ${featureCount}`);
    codes[column] = new Map(
      asArray(lists[index], 'pandas_categorical').map((category, code) => [asLabel(category, 'pandas_categorical'), code]),
    );
  }
  return { codes };
}

/** The line's own bytes say nothing of the file's. */
function parseLine(line: string): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    throw error instanceof ModelFileError
      ? new ModelFileError(`in "pandas_categorical", ${error.problem}`, {}, { cause: error })
      : error;
  }
}
