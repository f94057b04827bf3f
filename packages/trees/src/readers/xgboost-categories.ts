import { ModelFileError } from '../errors.ts';
import type { Encoding } from '../forest.ts';
import { asArray, asNumbers, asObject } from './checked-json.ts';

/** The categories of a model trained on a data frame (`cats`, since 3.1): by feature, either UTF-8 bytes cut at offsets, or numbers. */
export function readEncoding(cats: unknown, featureCount: number): Encoding | undefined {
  if (cats === undefined) return undefined;
  const lists = asArray(asObject(cats, 'cats').enc ?? [], 'cats.enc');
  if (lists.length === 0) return undefined;
  if (lists.length !== featureCount) {
    throw new ModelFileError(`"cats" tells of ${lists.length} features, the model has ${featureCount}; save the model again`);
  }
  const codes = lists.map((list, feature) => {
    const categories = categoriesOf(list, feature);
    return categories.length === 0 ? undefined : new Map(categories.map((category, code) => [category, code]));
  });
  return codes.some((map) => map !== undefined) ? { codes } : undefined;
}

function categoriesOf(value: unknown, feature: number): readonly string[] {
  const list = asObject(value, 'cats.enc');
  const values = asNumbers(list.values ?? [], 'cats.enc.values');
  if (list.offsets === undefined) return values.map(String);
  const offsets = asNumbers(list.offsets, 'cats.enc.offsets');
  // XGBoost 3.2 counts characters where it cuts bytes, so names beyond ASCII are lost; their numbers still work.
  if (values.some((byte) => byte < 0 || byte > 127)) return [];
  const decoder = new TextDecoder();
  return offsets.slice(1).map((end, index) => {
    const start = offsets[index]!;
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= values.length)) {
      throw new ModelFileError(
        `the categories of feature ${feature} end at ${end} of ${values.length} bytes; save the model again`,
      );
    }
    return decoder.decode(Uint8Array.from(values.slice(start, end)));
  });
}
