import type { Outcome, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import fc from 'fast-check';

/** The moment examples happen around. */
export const askedMs = Date.UTC(2026, 10, 20, 18);
const HOUR_MS = 3_600_000;

const columns = { hash: 'c1', names: ['session_cart_adds', 'price', 'hour_sin'] };

/** One plain line. */
export const aPrediction = (over: Partial<PredictionRecord> = {}): PredictionRecord => ({
  tenant: 'default',
  predictionId: 'p1',
  shopper: 'u:ana',
  userId: 'ana',
  sessionId: 's1',
  itemId: 'shoe',
  target: 'item',
  horizonMs: 24 * HOUR_MS,
  askedAtMs: askedMs,
  asOfMs: askedMs,
  model: { name: 'item', version: 'v1', alias: 'champion', contentHash: 'abc' },
  columns,
  row: Float32Array.of(1, 199.9, Number.NaN),
  contributions: Float64Array.of(0.25, -0.5, 0),
  baseValue: -3,
  probability: 0.04,
  logOdds: -3.25,
  agreement: 0.9,
  rung: 'behavioural',
  percentile: 97.5,
  degraded: [],
  latencyUs: 840,
  cacheHit: false,
  ...over,
});

/** One plain outcome. */
export const anOutcome = (over: Partial<Outcome> = {}): Outcome => ({
  tenant: 'default',
  shopper: 'u:ana',
  sessionId: 's1',
  eventId: 'e1',
  event: 'purchase',
  eventTimeMs: askedMs + HOUR_MS,
  receivedAtMs: askedMs + HOUR_MS,
  items: [{ itemId: 'shoe', quantity: 1 }],
  ...over,
});

const anyBits32 = fc
  .uint32Array({ minLength: 3, maxLength: 3 })
  .map((bits) => new Float32Array(bits.buffer, bits.byteOffset, bits.length));
const anyBits64 = fc
  .bigUint64Array({ minLength: 3, maxLength: 3 })
  .map((bits) => new Float64Array(bits.buffer, bits.byteOffset, bits.length));
const text = fc.oneof(fc.constantFrom('a', 'ana', '\u{fffd}', '😀'), fc.string({ unit: 'binary', maxLength: 12 }));
// Control characters are refused in all that comes in, and ids are looked up by stores that cannot hold a zero byte.
const id = text.filter((value) => !/\p{Cc}/u.test(value));
const number = fc.oneof({ weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) }, fc.constant(-0));
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const decision = fc
  .record({
    policy: text,
    version: fc.nat(),
    treatment: maybe(text.filter((name) => name !== '')),
    explored: fc.boolean(),
    propensity: number,
    propensities: anyBits64,
    holdouts: maybe(fc.dictionary(fc.constantFrom('global', 'a:b-c.d'), fc.boolean())),
  })
  .map(({ treatment, holdouts, ...rest }) => ({
    ...rest,
    ...(treatment === undefined ? {} : { treatment }),
    ...(holdouts === undefined ? {} : { holdouts: { ...holdouts } }),
  }));

/** Any line: every optional field there or not, rows of any bits at all. */
export const prediction: fc.Arbitrary<PredictionRecord> = fc
  .record({
    tenant: fc.constantFrom('default', 'other'),
    predictionId: fc.oneof(fc.uuid(), id),
    shopper: fc.constantFrom('u:ana', 'u:bea', 'a:ana', 'a:d1'),
    userId: maybe(fc.constantFrom('ana', 'bea')),
    anonymousId: maybe(fc.constantFrom('ana', 'd1')),
    sessionId: maybe(text),
    itemId: maybe(text),
    category: maybe(text),
    brand: maybe(text),
    price: maybe(number),
    hour: maybe(fc.integer({ min: 0, max: 23 })),
    dayOfWeek: maybe(fc.integer({ min: 0, max: 6 })),
    isWeekend: maybe(fc.boolean()),
    target: fc.constantFrom('item' as const, 'session' as const),
    horizonMs: fc.constantFrom(1, HOUR_MS, 24 * HOUR_MS),
    askedAtMs: fc.integer({ min: askedMs, max: askedMs + 5 }),
    asOfMs: fc.integer({ min: askedMs - 2 * HOUR_MS, max: askedMs + HOUR_MS }),
    model: fc
      .record({
        name: fc.constantFrom('item', 'prior'),
        version: text,
        alias: maybe(fc.constantFrom('champion' as const, 'challenger' as const, 'shadow' as const)),
        contentHash: text,
        alone: maybe(fc.constantFrom('catboost' as const, 'random_forest' as const)),
      })
      .map(({ alias, alone, ...model }) => ({
        ...model,
        ...(alias === undefined ? {} : { alias }),
        ...(alone === undefined ? {} : { alone }),
      })),
    variant: maybe(text),
    decision: maybe(decision),
    columns: fc.constantFrom(columns, { hash: 'c2', names: ['other', 'names', 'é'] }),
    row: anyBits32,
    contributions: maybe(anyBits64),
    baseValue: maybe(number),
    probability: number,
    logOdds: number,
    agreement: number,
    rung: fc.constantFrom('behavioural' as const, 'profile' as const, 'prior' as const),
    percentile: maybe(number),
    degraded: fc.subarray(['explanation' as const, 'model' as const, 'ensemble' as const]),
    latencyUs: fc.nat(),
    cacheHit: fc.boolean(),
  })
  .map(
    (record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as PredictionRecord,
  );

/** A record as text, bit for bit: what two records must share to be the same. */
export function bitsOf(record: PredictionRecord): string {
  const hex = (array: ArrayBufferView | undefined): string | undefined =>
    array && Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
  const signed = (_: string, value: unknown): unknown => (Object.is(value, -0) ? '-0' : value);
  const { row, contributions, decision, ...rest } = record;
  const sorted = (fields: object) => Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  const decided = decision && sorted({ ...decision, propensities: hex(decision.propensities) });
  return JSON.stringify([sorted({ ...rest, model: sorted(rest.model) }), hex(row), hex(contributions), decided], signed);
}
