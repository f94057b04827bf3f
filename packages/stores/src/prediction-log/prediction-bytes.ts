import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { FeatureColumns, LoggedDecision, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { memberNames } from '@tillcast/core/scoring/ensemble';
import { type ByteReader, openByteReader } from './byte-reader.ts';
import { type ByteWriter, openByteWriter } from './byte-writer.ts';

/** The first byte of every line. A version that was released is read for ever. */
const VERSION = 1;

const targets = ['item', 'session'] as const;
const rungs = ['behavioural', 'profile', 'prior'] as const;
const aliases = ['champion', 'challenger', 'shadow'] as const;
const degradations = ['explanation', 'model', 'ensemble', 'state'] as const;

/** Fields that may be absent, by the bit that says that they are there; a bit never changes its meaning. */
const texts = ['userId', 'anonymousId', 'sessionId', 'itemId', 'category', 'brand', 'variant'] as const;
const numbers = ['price', 'hour', 'dayOfWeek', 'baseValue', 'percentile'] as const;
const WEEKEND_KNOWN = 1 << 12;
const WEEKEND = 1 << 13;
const EXPLAINED = 1 << 14;
const CACHED = 1 << 15;
const ALIASED = 1 << 16;
const ALONE = 1 << 17;
const DECIDED = 1 << 18;
const HOLDOUTS = 1 << 19;

/** The values of `texts`, parallel to it. Named one by one: to look names up in a record costs as much as all else here. */
const textsOf = ({ userId, anonymousId, sessionId, itemId, category, brand, variant }: PredictionRecord) =>
  [userId, anonymousId, sessionId, itemId, category, brand, variant] satisfies FixedLength<typeof texts>;
/** The values of `numbers`, parallel to it. */
const numbersOf = ({ price, hour, dayOfWeek, baseValue, percentile }: PredictionRecord) =>
  [price, hour, dayOfWeek, baseValue, percentile] satisfies FixedLength<typeof numbers>;
type FixedLength<T extends readonly unknown[]> = { [Index in keyof T]: unknown };

const bitsOf = (values: readonly unknown[]): number =>
  values.reduce<number>((bits, value, bit) => (value === undefined ? bits : bits | (1 << bit)), 0);

function flagsOf(record: PredictionRecord): number {
  let flags = bitsOf(textsOf(record)) | (bitsOf(numbersOf(record)) << texts.length);
  if (record.isWeekend !== undefined) flags |= WEEKEND_KNOWN;
  if (record.isWeekend === true) flags |= WEEKEND;
  if (record.contributions !== undefined) flags |= EXPLAINED;
  if (record.cacheHit) flags |= CACHED;
  if (record.model.alias !== undefined) flags |= ALIASED;
  if (record.model.alone !== undefined) flags |= ALONE;
  if (record.decision !== undefined) flags |= DECIDED;
  if (record.decision?.holdouts !== undefined) flags |= HOLDOUTS;
  return flags;
}

/** Lays a record out as compact bytes: everything but the names of its columns, which `hash` stands for. */
export function writePrediction(out: ByteWriter, record: PredictionRecord): void {
  out.byte(VERSION);
  out.uint32(flagsOf(record));
  out.text(record.tenant);
  out.text(record.predictionId);
  out.text(record.shopper);
  for (const text of textsOf(record)) if (text !== undefined) out.text(text);
  for (const number of numbersOf(record)) if (number !== undefined) out.float64(number);
  out.byte(targets.indexOf(record.target));
  out.byte(rungs.indexOf(record.rung));
  out.byte(degradations.reduce((bits, name, bit) => (record.degraded.includes(name) ? bits | (1 << bit) : bits), 0));
  const { horizonMs, askedAtMs, asOfMs, probability, logOdds, agreement, latencyUs } = record;
  for (const value of [horizonMs, askedAtMs, asOfMs, probability, logOdds, agreement, latencyUs]) out.float64(value);
  const { name, version, alias, contentHash, alone } = record.model;
  for (const text of [name, version, contentHash]) out.text(text);
  if (alias !== undefined) out.byte(aliases.indexOf(alias));
  if (alone !== undefined) out.byte(memberNames.indexOf(alone));
  out.text(record.columns.hash);
  out.float32s(record.row);
  if (record.contributions !== undefined) out.float64s(record.contributions);
  if (record.decision !== undefined) writeDecision(out, record.decision);
}

const shared = openByteWriter();

/** A record as `writePrediction` lays it out. */
export function encodePrediction(record: PredictionRecord): Uint8Array {
  shared.begin();
  writePrediction(shared, record);
  return shared.bytes();
}

function writeDecision(
  out: ByteWriter,
  { policy, version, treatment, explored, propensity, propensities, holdouts }: LoggedDecision,
): void {
  out.text(policy);
  out.float64(version);
  // No treatment has an empty name.
  out.text(treatment ?? '');
  out.byte(Number(explored));
  out.float64(propensity);
  out.float64s(propensities);
  if (holdouts !== undefined) out.text(JSON.stringify(holdouts));
}

function readDecision(from: ByteReader, hasHoldouts: boolean): LoggedDecision {
  const [policy, version, treatment] = [from.text(), from.float64(), from.text()];
  const [explored, propensity, propensities] = [from.byte() === 1, from.float64(), from.float64s()];
  const held = hasHoldouts ? { holdouts: JSON.parse(from.text()) as Record<string, boolean> } : {};
  return { policy, version, ...(treatment === '' ? {} : { treatment }), explored, propensity, propensities, ...held };
}

/** Where a line says that it carries a decision, so that a store finds these without reading lines whole: the bit is set in the byte (from 0). */
export const decidedAt = { byte: 3, bit: DECIDED >>> 16 } as const;

type Optional = Partial<Record<(typeof texts)[number], string> & Record<(typeof numbers)[number], number>>;

const oneOf = <T>(list: readonly T[], index: number): T => {
  const value = list[index];
  if (value === undefined) throw new TillcastError('STORE_UNAVAILABLE', 'a line of the prediction log holds an unknown code');
  return value;
};

/** The record of some bytes, its arrays fresh; `columnsOf` knows the names behind a hash. */
export function decodePrediction(bytes: Uint8Array, columnsOf: (hash: string) => FeatureColumns): PredictionRecord {
  const from = openByteReader(bytes);
  const { flags, ...head } = readHead(from);
  const [probability, logOdds, agreement, latencyUs] = [from.float64(), from.float64(), from.float64(), from.float64()];
  const model = { name: from.text(), version: from.text(), contentHash: from.text() };
  const alias = flags & ALIASED ? { alias: oneOf(aliases, from.byte()) } : {};
  const alone = flags & ALONE ? { alone: oneOf(memberNames, from.byte()) } : {};
  const columns = columnsOf(from.text());
  const row = from.float32s();
  const contributions = flags & EXPLAINED ? { contributions: from.float64s() } : {};
  const decision = flags & DECIDED ? { decision: readDecision(from, (flags & HOLDOUTS) !== 0) } : {};
  from.end();
  return {
    ...head,
    ...(flags & WEEKEND_KNOWN ? { isWeekend: (flags & WEEKEND) !== 0 } : {}),
    ...{ probability, logOdds, agreement, latencyUs, columns, row, ...contributions, ...decision },
    model: { ...model, ...alias, ...alone },
    cacheHit: (flags & CACHED) !== 0,
  };
}

/** The beginning of a record, for who keeps or finds it by its ids, its people and its times. */
export const readPredictionHead = (bytes: Uint8Array) => readHead(openByteReader(bytes));

function readHead(from: ByteReader) {
  const version = from.byte();
  if (version !== VERSION)
    throw new TillcastError(
      'STORE_UNAVAILABLE',
      `a line of the prediction log has version ${version}, this Tillcast reads ${VERSION}; upgrade Tillcast`,
    );
  const flags = from.uint32();
  const [tenant, predictionId, shopper] = [from.text(), from.text(), from.text()];
  const optional: Optional = {};
  texts.forEach((name, bit) => {
    if (flags & (1 << bit)) optional[name] = from.text();
  });
  numbers.forEach((name, bit) => {
    if (flags & (1 << (texts.length + bit))) optional[name] = from.float64();
  });
  const [target, rung] = [oneOf(targets, from.byte()), oneOf(rungs, from.byte())];
  const lacks = from.byte();
  const [horizonMs, askedAtMs, asOfMs] = [from.float64(), from.float64(), from.float64()];
  return {
    ...{ flags, tenant, predictionId, shopper, ...optional, target, rung, horizonMs, askedAtMs, asOfMs },
    degraded: degradations.filter((_, bit) => lacks & (1 << bit)),
  };
}
