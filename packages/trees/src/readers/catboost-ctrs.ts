import type { DerivedColumn, DerivedColumns, Projection, Question } from '../derived-columns.ts';
import { ModelFileError } from '../errors.ts';
import { roundingThreshold } from '../float32-grid.ts';
import type { Encoding, Players } from '../forest.ts';
import type { Columns } from './catboost-columns.ts';
import { openCtrTables } from './catboost-ctr-table.ts';
import { asArray, asCount, asFloat32, asInteger, asNumbers, asObject, asText, type Loose } from './checked-json.ts';

/** What is computed from categories, and where the borders of each statistic begin among the splits. */
export interface Ctrs {
  readonly encoding: Encoding | undefined;
  readonly players: Players | undefined;
  /** By `split_index`: the column and border of a split on a statistic. */
  readonly splits: ReadonlyMap<number, { readonly column: number; readonly border: number }>;
}

/** Reads `features_info.ctrs` and `ctr_data`. */
export function readCtrs(file: Loose, info: Loose, columns: Columns): Ctrs {
  if (columns.categoryPlace.size === 0) return { encoding: undefined, players: undefined, splits: new Map() };
  const data = file.ctr_data === undefined ? {} : asObject(file.ctr_data, 'ctr_data');
  const loose = asArray(info.ctrs ?? [], 'ctrs').map((item) => asObject(item, 'ctrs'));
  const projections: Projection[] = [];
  const places = new Map<string, number>();
  const readCtr = openCtrTables(data);
  const derived: DerivedColumn[] = loose.map((ctr) => {
    const elements = JSON.stringify(asArray(ctr.elements, 'elements'));
    const place = places.get(elements) ?? projections.length;
    if (place === projections.length) projections.push(readProjection(ctr, columns));
    places.set(elements, place);
    return { projection: place, ...readCtr(ctr) };
  });
  const codes: (ReadonlyMap<string, number> | undefined)[] = Array(columns.count).fill(undefined);
  for (const column of columns.categoryPlace.values()) codes[column] = columns.categories.codeOfText;
  const encoding = { codes, derived: { hashes: columns.categories.hashes, projections, columns: derived } };
  return { encoding, players: readPlayers(columns.count, encoding.derived), splits: readSplits(info, loose, columns) };
}

/** Hashed in this order: categories, then numbers above a border, then categories that are a certain one. */
function readProjection(ctr: Loose, columns: Columns): Projection {
  const elements = asArray(ctr.elements, 'elements').map((item) => asObject(item, 'elements'));
  if (elements.length === 0)
    throw new ModelFileError('a CTR combines nothing, so its contribution is nobody’s; save the model again');
  const ofKind = (kind: string) => elements.filter((element) => element.combination_element === kind);
  const categories = ofKind('cat_feature_value').map((element) => categoryColumn(element, columns));
  const above = ofKind('float_feature').map((element): Question => {
    const column = columns.place.get(asCount(element.float_feature_index, 'float_feature_index'));
    if (column === undefined)
      throw new ModelFileError('a CTR asks for a float feature that features_info does not list; save the model again');
    const value = roundingThreshold(asFloat32(element.border, 'border'));
    return { kind: 'above', column, value, whenMissing: columns.missingIsLargest.get(column) === true };
  });
  const equal = ofKind('cat_feature_exact_value').map((element): Question => {
    const value = columns.categories.codeOfHash.get(asInteger(element.value, 'value') | 0) ?? -1;
    return { kind: 'equal', column: categoryColumn(element, columns), value, whenMissing: false };
  });
  if (categories.length + above.length + equal.length !== elements.length) {
    throw new ModelFileError(
      'a CTR combines something else than categories and numbers; train without text and embedding features',
    );
  }
  return { categories, questions: [...above, ...equal] };
}

function categoryColumn(element: Loose, columns: Columns): number {
  const index = asCount(element.cat_feature_index, 'cat_feature_index');
  const column = columns.categoryPlace.get(index);
  if (column === undefined)
    throw new ModelFileError(`it asks for categorical feature ${index}, which features_info does not list; save the model again`);
  return column;
}

/** A combination of categories is a player of its own, equal combinations the same one; its contribution is shared equally. */
function readPlayers(featureCount: number, { projections, columns }: DerivedColumns): Players {
  const features: Int32Array[] = Array.from({ length: featureCount }, (_, feature) => Int32Array.of(feature));
  const known = new Map(features.map((members, player) => [members.join(), player]));
  const ofProjection = projections.map(({ categories, questions }) => {
    // The library leaves out what else is hashed (MapBinFeaturesToClasses in catboost/libs/fstr/util.cpp).
    const columns = categories.length > 0 ? categories : questions.map(({ column }) => column);
    const members = Int32Array.from(new Set(columns)).sort();
    const player = known.get(members.join()) ?? features.length;
    if (player === features.length) features.push(members);
    known.set(members.join(), player);
    return player;
  });
  const own = Array.from({ length: featureCount }, (_, feature) => feature);
  return { features, ofColumn: Int32Array.from([...own, ...columns.map(({ projection }) => ofProjection[projection]!)]) };
}

/** Splits are numbered through: the borders of the float features, the one-hot values, the borders of the CTRs. */
function readSplits(info: Loose, ctrs: readonly Loose[], columns: Columns): Ctrs['splits'] {
  const lengthOf = (features: unknown, key: string) =>
    asArray(features ?? [], key).reduce((sum: number, item) => sum + asArray(asObject(item, key)[key] ?? [], key).length, 0);
  let index = lengthOf(info.float_features, 'borders') + lengthOf(info.categorical_features, 'values');
  const splits = new Map<number, { column: number; border: number }>();
  for (const [place, ctr] of ctrs.entries()) {
    asText(ctr.identifier, 'identifier');
    for (const border of asNumbers(ctr.borders, 'borders'))
      splits.set(index++, { column: columns.count + place, border: Math.fround(border) });
  }
  return splits;
}
