import type { DerivedColumn } from '../derived-columns.ts';
import { ModelFileError } from '../errors.ts';
import { asArray, asCount, asNumber, asObject, asText, type Loose } from './checked-json.ts';

/** Marks an empty place of CatBoost's hash table. */
const EMPTY = 2n ** 64n - 1n;

/** What a bucket's counts mean: how many of how many. */
type Statistic = (counts: readonly number[], border: number, denominator: number) => [good: number, total: number];

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** As in CatBoost's own evaluator (catboost/libs/model/model_export/resources/ctr_calcer.py). */
const statistics: Readonly<Record<string, Statistic>> = {
  Borders: (counts, border) => [sum(counts.slice(border + 1)), sum(counts)],
  Buckets: (counts, border) => [counts[border] ?? 0, sum(counts)],
  BinarizedTargetMeanValue: ([total = 0, count = 0]) => [total, count],
  FloatTargetMeanValue: ([total = 0, count = 0]) => [total, count],
  Counter: ([count = 0], _, denominator) => [count, denominator],
  FeatureFreq: ([count = 0], _, denominator) => [count, denominator],
};

/** A CTR without the projection it is taken over. */
export type CtrColumn = Omit<DerivedColumn, 'projection'>;

/** One table of `ctr_data`: what training counted for each hash. */
interface Table {
  readonly places: ReadonlyMap<bigint, number>;
  readonly counts: readonly (readonly number[])[];
  readonly denominator: number;
  /** How many entries of the file it was made of. */
  readonly entries: number;
}

/** Entries of tables read by all CTRs together: 256 MB of values. Many CTRs on one table could make a small file a large work. */
const MAX_ENTRIES = 2 ** 25;

/** Reads CTRs from `ctr_data`: one statistic's value for every hash of its table, in the library's 32 bits. Tables that several ask for are read once. */
export function openCtrTables(data: Loose): (ctr: Loose) => CtrColumn {
  const tables = new Map<string, Table>();
  let entriesLeft = MAX_ENTRIES;
  return (ctr) => {
    const statistic = statisticOf(ctr);
    const identifier = asText(ctr.identifier, 'identifier');
    const table = tables.get(identifier) ?? readTable(data, identifier);
    tables.set(identifier, table);
    entriesLeft -= table.entries;
    if (entriesLeft < 0) throw new ModelFileError(`its CTRs hold more than ${MAX_ENTRIES} values together; use fewer categories`);
    const border = asCount(ctr.target_border_idx, 'target_border_idx');
    const finish = readFormula(ctr);
    const values = Float64Array.from(table.counts, (counts) => finish(statistic(counts, border, table.denominator)));
    return { places: table.places, values, unseen: finish(statistic([], border, table.denominator)) };
  };
}

function statisticOf(ctr: Loose): Statistic {
  const type = asText(ctr.ctr_type, 'ctr_type');
  const statistic = Object.hasOwn(statistics, type) ? statistics[type] : undefined;
  if (statistic !== undefined) return statistic;
  const known = Object.keys(statistics).join(', ');
  throw new ModelFileError(`CTRs of type "${type.slice(0, 60)}" are not supported; train with one of ${known}`);
}

function readTable(data: Loose, identifier: string): Table {
  if (!Object.hasOwn(data, identifier))
    throw new ModelFileError(`"ctr_data" lacks the table of ${identifier.slice(0, 200)}; save the model again`);
  const table = asObject(data[identifier], 'ctr_data');
  const places = new Map<bigint, number>();
  const counts: (readonly number[])[] = [];
  for (const bucket of bucketsOf(table)) {
    if (bucket.hash === EMPTY) continue;
    places.set(bucket.hash, counts.length);
    counts.push(bucket.counts);
  }
  const entries = asArray(table.hash_map, 'hash_map').length;
  return { places, counts, denominator: asCount(table.counter_denominator, 'counter_denominator'), entries };
}

/** (good + prior) / (total + prior's weight), shifted and scaled. */
function readFormula(ctr: Loose): (counts: [number, number]) => number {
  const [prior, weight, shift, scale] = ['prior_numerator', 'prior_denomerator', 'shift', 'scale'].map((key) =>
    Math.fround(asNumber(ctr[key], key)),
  );
  return ([good, total]) => {
    const share = Math.fround(Math.fround(Math.fround(good) + prior!) / Math.fround(Math.fround(total) + weight!));
    const value = Math.fround(Math.fround(share + shift!) * scale!);
    if (!Number.isFinite(value)) throw new ModelFileError(`a CTR comes to ${value}; save the model again`);
    return value;
  };
}

/** `hash_map` holds, one behind the other, a hash as text and its counts. */
function* bucketsOf(table: Loose): Generator<{ hash: bigint; counts: number[] }> {
  const stride = asCount(table.hash_stride, 'hash_stride');
  const items = asArray(table.hash_map, 'hash_map');
  if (stride < 2 || items.length % stride !== 0) {
    throw new ModelFileError(
      `"hash_map" has ${items.length} entries, which "hash_stride" ${stride} does not divide; save the model again`,
    );
  }
  for (let start = 0; start < items.length; start += stride) {
    const text = asText(items[start], 'hash_map');
    if (!/^\d{1,20}$/.test(text))
      throw new ModelFileError(`"hash_map" holds the hash "${text.slice(0, 40)}"; a whole number is expected`);
    yield { hash: BigInt(text), counts: items.slice(start + 1, start + stride).map((count) => asNumber(count, 'hash_map')) };
  }
}
