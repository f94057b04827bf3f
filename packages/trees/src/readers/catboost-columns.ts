import { ModelFileError } from '../errors.ts';
import { asArray, asCount, asInteger, asObject, asText, type Loose } from './checked-json.ts';

/** What the splits need to know of the columns. */
export interface Columns {
  readonly count: number;
  readonly names: readonly string[];
  /** Column of each float feature, by its own index. */
  readonly place: ReadonlyMap<number, number>;
  /** Column of each categorical feature, by its own index. */
  readonly categoryPlace: ReadonlyMap<number, number>;
  /** Whether a missing value is above every border (`nan_mode` Max), by column. */
  readonly missingIsLargest: ReadonlyMap<number, boolean>;
  readonly categories: Categories;
}

/** Categories by number: those of equal hash are one to the library. */
export interface Categories {
  readonly codeOfText: ReadonlyMap<string, number>;
  readonly codeOfHash: ReadonlyMap<number, number>;
  readonly hashes: Int32Array;
}

/** The columns of a file: numbers and categories. */
export function readColumns(info: Loose): Columns {
  refuseOther(info);
  const floats = asArray(info.float_features ?? [], 'float_features').map((item) => asObject(item, 'float_features'));
  const texts = asArray(info.categorical_features ?? [], 'categorical_features').map((item) =>
    asObject(item, 'categorical_features'),
  );
  const count = floats.length + texts.length;
  const names: string[] = [];
  const take = (feature: Loose): [index: number, column: number] => {
    const column = asCount(feature.flat_feature_index, 'flat_feature_index');
    // Without text or embedding features these are the columns, each once.
    if (column >= count || names[column] !== undefined) {
      throw new ModelFileError(`"flat_feature_index" ${column} does not number ${count} columns; save the model again`);
    }
    names[column] = asText(feature.feature_id ?? '', 'feature_id');
    return [asCount(feature.feature_index, 'feature_index'), column];
  };
  const place = new Map(floats.map(take));
  const categoryPlace = new Map(texts.map(take));
  if (place.size !== floats.length || categoryPlace.size !== texts.length)
    throw new ModelFileError('a "feature_index" stands twice; save the model again');
  const missingIsLargest = new Map(
    floats.map((feature) => [
      place.get(asCount(feature.feature_index, 'feature_index'))!,
      isMissingLargest(asText(feature.nan_value_treatment, 'nan_value_treatment')),
    ]),
  );
  const categories = readCategories(info, texts);
  return { count, names: names.includes('') ? [] : names, place, categoryPlace, missingIsLargest, categories };
}

function refuseOther(info: Loose): void {
  const other = ['text_features', 'embedding_features', 'estimated_features'];
  const found = other.find((key) => info[key] !== undefined && asArray(info[key], key).length > 0);
  if (found) throw new ModelFileError(`"${found}" are not supported; encode them as numbers before training`);
}

/** `AsFalse` (nan_mode Min) is below every border; `AsIs` (Forbidden, or no missing value in training) compares false: the same side. */
function isMissingLargest(treatment: string): boolean {
  if (!['AsIs', 'AsFalse', 'AsTrue'].includes(treatment)) {
    throw new ModelFileError(`"nan_value_treatment" is "${treatment.slice(0, 60)}"; AsIs, AsFalse or AsTrue is expected`);
  }
  return treatment === 'AsTrue';
}

/** The map from category to hash, which the library writes where it is given the pool. */
function readCategories(info: Loose, features: readonly Loose[]): Categories {
  const codeOfHash = new Map<number, number>();
  const codeOf = (hash: unknown, name: string): number => {
    const signed = asInteger(hash, name) | 0;
    const code = codeOfHash.get(signed) ?? codeOfHash.size;
    codeOfHash.set(signed, code);
    return code;
  };
  const listed = asArray(info.cat_features_hash ?? [], 'cat_features_hash').map((item) => asObject(item, 'cat_features_hash'));
  if (features.length > 0 && listed.length === 0) {
    throw new ModelFileError(
      '"cat_features_hash" is missing, so no category can be read; save it with save_model(…, format="json", pool=train_pool)',
    );
  }
  const codeOfText = new Map(
    listed.map(({ value, hash }) => [asText(value, 'cat_features_hash.value'), codeOf(hash, 'cat_features_hash.hash')]),
  );
  for (const feature of features) for (const hash of asArray(feature.values ?? [], 'values')) codeOf(hash, 'values');
  return { codeOfText, codeOfHash, hashes: Int32Array.from(codeOfHash.keys()) };
}
