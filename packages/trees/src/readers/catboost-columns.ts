import { ModelFileError } from '../errors.ts';
import { asArray, asCount, asObject, asText, type Loose } from './checked-json.ts';

/** What the splits need to know of the columns. */
export interface Columns {
  readonly count: number;
  readonly names: readonly string[];
  /** Column of each float feature, by its own index. */
  readonly place: ReadonlyMap<number, number>;
  /** Whether a missing value is above every border (`nan_mode` Max), by column. */
  readonly missingIsLargest: ReadonlyMap<number, boolean>;
}

/** The columns of a file of numeric features. */
export function readColumns(info: Loose): Columns {
  refuseOther(info);
  const place = new Map<number, number>();
  const missingIsLargest = new Map<number, boolean>();
  const names: string[] = [];
  const features = asArray(info.float_features ?? [], 'float_features');
  for (const item of features) {
    const feature = asObject(item, 'float_features');
    const column = asCount(feature.flat_feature_index, 'flat_feature_index');
    const index = asCount(feature.feature_index, 'feature_index');
    // Without categorical, text or embedding features the float ones are the columns, each once.
    if (column >= features.length || names[column] !== undefined || place.has(index)) {
      throw new ModelFileError(`"flat_feature_index" ${column} does not number ${features.length} columns; save the model again`);
    }
    place.set(index, column);
    missingIsLargest.set(column, isMissingLargest(asText(feature.nan_value_treatment, 'nan_value_treatment')));
    names[column] = asText(feature.feature_id ?? '', 'feature_id');
  }
  return { count: features.length, names: names.includes('') ? [] : names, place, missingIsLargest };
}

function refuseOther(info: Loose): void {
  const other = ['categorical_features', 'ctrs', 'text_features', 'embedding_features'];
  const found = other.find((key) => info[key] !== undefined && asArray(info[key], key).length > 0);
  if (found) throw new ModelFileError(`"${found}" are not supported; encode them as numbers before training`);
}

/** `AsFalse` (nan_mode Min) is below every border; `AsIs` (Forbidden, or no missing value in training) compares false: the same side. */
function isMissingLargest(treatment: string): boolean {
  if (!['AsIs', 'AsFalse', 'AsTrue'].includes(treatment)) {
    throw new ModelFileError(`"nan_value_treatment" is "${treatment}"; AsIs, AsFalse or AsTrue is expected`);
  }
  return treatment === 'AsTrue';
}
