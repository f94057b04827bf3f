import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type {
  LabelDecision,
  LabelDue,
  LoggedPrediction,
  PredictionLabel,
  PredictionLog,
  PredictionQuery,
} from '@tillcast/core/ports/prediction-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anOutcome, aPrediction, askedMs, bitsOf, prediction } from '../arbitraries/prediction.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const closedMs = askedMs + DAY_MS;
const refundWindowMs = 3 * DAY_MS;

/** Everything a query yields. */
export async function readPredictions(log: PredictionLog, query?: PredictionQuery): Promise<LoggedPrediction[]> {
  const all: LoggedPrediction[] = [];
  for await (const batch of log.read(query)) all.push(...batch);
  return all;
}

const idsOf = (logged: readonly LoggedPrediction[]): string[] => logged.map(({ record }) => record.predictionId);
const dueIds = async (log: PredictionLog, nowMs: number, limit = 100): Promise<string[]> =>
  (await log.due({ nowMs, refundWindowMs, limit })).map(({ predictionId }) => predictionId).sort();

const aLabel = (over: Partial<PredictionLabel> = {}): PredictionLabel => ({
  ...{ version: 1, label: 0, labelNet: 0, netFinal: false, decidedAtMs: closedMs, because: 'closed' },
  ...over,
});

const decision = (over: Partial<LabelDecision> = {}): LabelDecision => ({
  ...{ tenant: 'default', predictionId: 'p1', revision: 0, upon: 0 },
  ...over,
});

/** Gives everything that is due a first label. */
async function label(log: PredictionLog, nowMs = closedMs): Promise<LabelDue[]> {
  const due = [...(await log.due({ nowMs, refundWindowMs, limit: 100 }))];
  await log.decide(
    due.map(({ tenant, predictionId, revision, current }) => ({
      ...{ tenant, predictionId, revision, upon: current?.version ?? 0 },
      label: aLabel({ version: (current?.version ?? 0) + 1 }),
    })),
  );
  return due;
}

/** One sentence of the port: it holds for a fresh log (and as many more as it opens), or throws. */
export type PredictionLaw = (log: PredictionLog, open: () => PredictionLog, numRuns?: number) => Promise<void>;

/** The sentences of the port `PredictionLog`. Plain functions, so that a planted fault can be shown to break them. */
export const predictionLogLaws: Readonly<Record<string, PredictionLaw>> = {
  'gives back what was appended, bit for bit': async (_log, open, numRuns = 20) => {
    await fc.assert(
      fc.asyncProperty(prediction, async (record) => {
        const fresh = open();
        try {
          expect(await fresh.append([record])).toBe(1);
          const found = await fresh.find(record.tenant, record.predictionId);
          expect(bitsOf(found!.record)).toBe(bitsOf(record));
          expect(found!.label).toBeUndefined();
          const [read] = await readPredictions(fresh, { tenant: record.tenant });
          expect(bitsOf(read!.record)).toBe(bitsOf(record));
        } finally {
          await fresh.close();
        }
      }),
      { numRuns },
    );
  },

  'is a set by (tenant, prediction id), the first record staying; read in one order, and backwards by latest': async (
    _log,
    open,
    numRuns = 20,
  ) => {
    const lines = fc.array(
      fc
        .tuple(prediction, fc.constantFrom('a', 'b', 'c', '\u{fffd}', '😀'))
        .map(([line, predictionId]) => ({ ...line, predictionId })),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(9), async (given, cut) => {
        const fresh = open();
        try {
          const model = new Map<string, (typeof given)[0]>();
          for (const batch of [given.slice(0, cut), given.slice(cut)]) {
            const before = model.size;
            for (const line of batch) {
              const key = `${line.tenant}/${line.predictionId}`;
              if (!model.has(key)) model.set(key, line);
            }
            expect(await fresh.append(batch)).toBe(model.size - before);
          }
          for (const tenant of ['default', 'other']) {
            const expected = [...model.values()]
              .filter((line) => line.tenant === tenant)
              .sort((a, b) => a.askedAtMs - b.askedAtMs || compareCodePoints(a.predictionId, b.predictionId));
            const read = (await readPredictions(fresh, { tenant, batch: 2 })).map(({ record }) => bitsOf(record));
            expect(read).toEqual(expected.map(bitsOf));
            const latest = (await fresh.latest(tenant, 3)).map(({ record }) => bitsOf(record));
            expect(latest).toEqual(expected.reverse().slice(0, 3).map(bitsOf));
            expect(await fresh.count(tenant)).toBe(expected.length);
          }
          expect(await fresh.count()).toBe(model.size);
          const asOf = [...model.values()].map(({ asOfMs }) => asOfMs);
          expect(await fresh.oldestAsOfMs()).toBe(asOf.length === 0 ? undefined : Math.min(...asOf));
        } finally {
          await fresh.close();
        }
      }),
      { numRuns },
    );
  },

  'reads from a moment on, up to but without another, by target and by having a label': async (log) => {
    const lines = [0, 1, 2, 3].map((ms) =>
      aPrediction({
        predictionId: `p${ms}`,
        askedAtMs: askedMs + ms,
        target: ms === 2 ? 'session' : 'item',
        asOfMs: askedMs - ms * DAY_MS,
      }),
    );
    await log.append(lines);
    await log.decide([decision({ predictionId: 'p1', label: aLabel() })]);
    const ids = async (query: PredictionQuery) => idsOf(await readPredictions(log, { batch: 1, ...query }));
    expect(await ids({ fromMs: askedMs + 1, untilMs: askedMs + 3 })).toEqual(['p1', 'p2']);
    expect(await ids({ target: 'item' })).toEqual(['p0', 'p1', 'p3']);
    expect(await ids({ labelled: true })).toEqual(['p1']);
    expect(await ids({ tenant: 'nobody' })).toEqual([]);
    const sizes: number[] = [];
    for await (const batch of log.read({ batch: 3 })) sizes.push(batch.length);
    expect(sizes).toEqual([3, 1]);
  },

  'reads those that carry a decision apart, held out ones too, whatever else they say': async (log) => {
    const chances = { explored: false, propensity: 1, propensities: Float64Array.of(0) };
    const decided = { policy: 'coupons', version: 1, ...chances };
    const model = { name: 'item', version: 'v1', contentHash: 'abc' };
    const lines = [
      aPrediction({ predictionId: 'p0', decision: decided }),
      aPrediction({ predictionId: 'p1' }),
      aPrediction({ predictionId: 'p2', model: { ...model, alias: 'champion', alone: 'catboost' } }),
      aPrediction({ predictionId: 'p3', model, decision: { ...decided, treatment: 'coupon', holdouts: { global: false } } }),
      aPrediction({ predictionId: 'p4', isWeekend: true, decision: { ...decided, holdouts: { global: true, other: false } } }),
    ];
    await log.append(lines);
    const found = await readPredictions(log, { batch: 2, decided: true });
    expect(found.map(({ record }) => record.decision)).toEqual([0, 3, 4].map((at) => lines[at]!.decision));
  },

  'calls a prediction due at the instant its window has closed, not before, and no longer once it has a label': async (log) => {
    await log.append([aPrediction(), aPrediction({ predictionId: 'p2', asOfMs: askedMs + 1 })]);
    expect(await dueIds(log, closedMs - 1)).toEqual([]);
    expect(await dueIds(log, closedMs)).toEqual(['p1']);
    expect(await dueIds(log, closedMs + 1)).toEqual(['p1', 'p2']);
    expect(await dueIds(log, closedMs + 1, 1)).toHaveLength(1);
    const [due] = await log.due({ nowMs: closedMs, refundWindowMs, limit: 9 });
    expect(due).toEqual({
      ...{ tenant: 'default', predictionId: 'p1', shopper: 'u:ana', sessionId: 's1', itemId: 'shoe', target: 'item' },
      ...{ horizonMs: DAY_MS, askedAtMs: askedMs, asOfMs: askedMs, revision: due!.revision },
    });
    expect(await log.decide([decision({ revision: due!.revision, label: aLabel() })])).toBe(1);
    expect(await dueIds(log, closedMs + 1)).toEqual(['p2']);
    expect((await log.find('default', 'p1'))!.label).toEqual(aLabel());
  },

  'calls it due once more when the refund window has closed, and never after that label': async (log) => {
    await log.append([aPrediction()]);
    await label(log);
    expect(await dueIds(log, closedMs + refundWindowMs - 1)).toEqual([]);
    const [due] = await log.due({ nowMs: closedMs + refundWindowMs, refundWindowMs, limit: 9 });
    expect(due!.current).toEqual(aLabel());
    const final = aLabel({ version: 2, netFinal: true, because: 'matured', decidedAtMs: closedMs + refundWindowMs });
    expect(await log.decide([decision({ revision: due!.revision, upon: 1, label: final })])).toBe(1);
    expect(await dueIds(log, closedMs + 9 * refundWindowMs)).toEqual([]);
    expect(await log.labels('default', 'p1')).toEqual([aLabel(), final]);
    expect((await log.latest('default', 1))[0]!.label).toEqual(final);
  },

  'takes an outcome once, and keeps it as it was': async (log) => {
    const given = anOutcome({ items: [{ itemId: 'shoe', quantity: 2 }], transactionId: 't1', sequence: 4 });
    expect(await log.addOutcomes([given, { ...given, items: [] }], refundWindowMs)).toBe(1);
    expect(await log.addOutcomes([{ ...given, tenant: 'other' }], refundWindowMs)).toBe(1);
    expect(await log.addOutcomes([given], refundWindowMs)).toBe(0);
    await log.addOutcomes([anOutcome({ eventId: 'e0' }), anOutcome({ eventId: 'e9', shopper: 'u:bea' })], refundWindowMs);
    await log.addOutcomes([anOutcome({ eventId: 'e8', eventTimeMs: askedMs })], refundWindowMs);
    const ids = async (fromMs: number) => (await log.outcomes('default', 'u:ana', fromMs)).map(({ eventId }) => eventId);
    expect(await ids(0)).toEqual(['e8', 'e0', 'e1']);
    expect(await ids(askedMs + 1)).toEqual(['e0', 'e1']);
    expect((await log.outcomes('default', 'u:ana', 0)).at(-1)).toEqual(given);
  },

  'makes labelled predictions due again whose label an outcome may change, by time and shopper': async (log) => {
    const lines = {
      before: aPrediction({ predictionId: 'before', asOfMs: askedMs - DAY_MS - 1 }),
      edge: aPrediction({ predictionId: 'edge', asOfMs: askedMs - DAY_MS }),
      at: aPrediction({ predictionId: 'at', asOfMs: askedMs + HOUR_MS }),
      after: aPrediction({ predictionId: 'after', asOfMs: askedMs + HOUR_MS + 1 }),
      bea: aPrediction({ predictionId: 'bea', shopper: 'u:bea', userId: 'bea' }),
      other: aPrediction({ predictionId: 'other', tenant: 'other' }),
    };
    await log.append(Object.values(lines));
    await label(log, closedMs + DAY_MS);
    // Not labelled yet: its first label will count the outcome anyhow.
    await log.append([aPrediction({ predictionId: 'open' })]);
    await log.addOutcomes([anOutcome()], HOUR_MS);
    expect(await dueIds(log, 0)).toEqual(['at', 'edge']);
    await log.addOutcomes([anOutcome()], HOUR_MS);
    const due = await log.due({ nowMs: 0, refundWindowMs, limit: 9 });
    await log.decide(due.map(({ predictionId, revision }) => decision({ predictionId, revision, upon: 1 })));
    expect(await dueIds(log, 0)).toEqual([]);
    expect(await log.labels('default', 'at')).toHaveLength(1);
  },

  'keeps a prediction due whose outcome came between looking and deciding': async (log) => {
    await log.append([aPrediction()]);
    await label(log);
    await log.addOutcomes([anOutcome()], refundWindowMs);
    const [due] = await log.due({ nowMs: 0, refundWindowMs, limit: 9 });
    await log.addOutcomes([anOutcome({ eventId: 'e2' })], refundWindowMs);
    await log.decide([
      decision({ revision: due!.revision, upon: 1, label: aLabel({ version: 2, label: 1, because: 'reopened' }) }),
    ]);
    expect(await dueIds(log, 0)).toEqual(['p1']);
  },

  'keeps a first label due again whose outcome came while it was being decided, and no other': async (log) => {
    await log.append([aPrediction(), aPrediction({ predictionId: 'p2' })]);
    await log.addOutcomes([anOutcome({ eventId: 'e0' })], refundWindowMs);
    const [due] = await log.due({ nowMs: closedMs, refundWindowMs, limit: 1 });
    await log.addOutcomes([anOutcome()], refundWindowMs);
    expect(await dueIds(log, 0)).toEqual([]);
    await log.decide([decision({ predictionId: due!.predictionId, revision: due!.revision, label: aLabel() })]);
    expect(await dueIds(log, 0)).toEqual([due!.predictionId]);
    await label(log);
    expect(await dueIds(log, 0)).toEqual([]);
  },

  'passes over a decision upon a version that is not the current one': async (log) => {
    await log.append([aPrediction()]);
    const twice = [decision({ label: aLabel() }), decision({ label: aLabel({ label: 1 }) })];
    expect(await log.decide(twice)).toBe(1);
    expect(await log.decide([decision({ label: aLabel() }), decision({ upon: 7, label: aLabel({ version: 8 }) })])).toBe(0);
    expect(await log.decide([decision({ predictionId: 'nobody', label: aLabel() })])).toBe(0);
    expect(await log.labels('default', 'p1')).toEqual([aLabel()]);
  },

  'gives one of two workers that decide at the same time the word': async (log) => {
    await log.append(Array.from({ length: 20 }, (_, i) => aPrediction({ predictionId: `p${i}` })));
    const decisions = Array.from({ length: 20 }, (_, i) => decision({ predictionId: `p${i}`, label: aLabel() }));
    const counts = await Promise.all([log.decide(decisions), log.decide([...decisions].reverse()), log.decide(decisions)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
    for (let i = 0; i < 20; i++) expect(await log.labels('default', `p${i}`)).toHaveLength(1);
  },

  'erases a shopper, by whom the line asked or named, and nobody else': async (log) => {
    await log.append([
      aPrediction({ predictionId: 'own' }),
      aPrediction({ predictionId: 'named', shopper: 'a:d1', anonymousId: 'd1' }),
      aPrediction({ predictionId: 'device', shopper: 'u:bea', userId: 'bea', anonymousId: 'ana' }),
      aPrediction({ predictionId: 'other', tenant: 'other' }),
    ]);
    await label(log);
    const linked = anOutcome({ eventId: 'e3', shopper: 'a:d2', event: 'login', linked: 'u:ana', items: [] });
    const others = [anOutcome({ eventId: 'e2', shopper: 'u:bea' }), { ...linked, eventId: 'e4', linked: 'u:bea' }];
    await log.addOutcomes([anOutcome(), linked, ...others], refundWindowMs);
    expect(await log.outcomes('default', 'a:d2', 0)).toContainEqual(linked);
    expect(await log.erase('default', 'u:ana')).toEqual({ predictions: 2, labels: 2, outcomes: 2 });
    expect(await log.erase('default', 'u:ana')).toEqual({ predictions: 0, labels: 0, outcomes: 0 });
    expect(idsOf(await readPredictions(log))).toEqual(['device']);
    expect(await log.find('default', 'own')).toBeUndefined();
    expect(await log.labels('default', 'own')).toEqual([]);
    expect(await log.outcomes('default', 'u:ana', 0)).toEqual([]);
    expect(await log.outcomes('default', 'u:bea', 0)).toHaveLength(1);
    expect((await log.outcomes('default', 'a:d2', 0)).map(({ eventId }) => eventId)).toEqual(['e4']);
    expect(await log.count('other')).toBe(1);
    expect(await log.erase('default', 'a:ana')).toMatchObject({ predictions: 1 });
  },

  'prunes what was asked before a moment, at most so many, and outcomes that nobody can need': async (log) => {
    const lines = [0, 1, 2, 3].map((day) =>
      aPrediction({ predictionId: `p${day}`, askedAtMs: askedMs + day * DAY_MS, asOfMs: askedMs + day * DAY_MS }),
    );
    await log.append(lines);
    await label(log, askedMs + 9 * DAY_MS);
    const outcomes = [0, 1, 2, 3].map((day) => anOutcome({ eventId: `e${day}`, eventTimeMs: askedMs + day * DAY_MS + HOUR_MS }));
    await log.addOutcomes(outcomes, refundWindowMs);
    expect(await log.prune(askedMs + 2 * DAY_MS, 1)).toEqual({ predictions: 1, labels: 1, outcomes: 1 });
    expect(await log.prune(askedMs + 2 * DAY_MS, 9)).toEqual({ predictions: 1, labels: 1, outcomes: 1 });
    expect(await log.prune(askedMs + 2 * DAY_MS, 9)).toEqual({ predictions: 0, labels: 0, outcomes: 0 });
    expect(idsOf(await readPredictions(log))).toEqual(['p2', 'p3']);
    expect((await log.outcomes('default', 'u:ana', 0)).map(({ eventId }) => eventId)).toEqual(['e2', 'e3']);
  },

  'keeps its own copy: changing what was given or read changes nothing stored': async (log) => {
    const given = aPrediction();
    const ack = log.append([given]);
    given.row[0] = 7;
    await ack;
    const read = (await log.find('default', 'p1'))!.record;
    read.row[0] = 8;
    expect((await log.find('default', 'p1'))!.record.row[0]).toBe(1);
  },

  'refuses every call after close': async (log) => {
    await log.append([aPrediction()]);
    await log.close();
    await log.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    const calls = [
      () => log.append([aPrediction()]),
      () => log.find('default', 'p1'),
      () => log.latest('default', 1),
      () => readPredictions(log),
      () => log.count(),
      () => log.oldestAsOfMs(),
      () => log.addOutcomes([anOutcome()], 1),
      () => log.outcomes('default', 'u:ana', 0),
      () => log.due({ nowMs: 0, refundWindowMs, limit: 1 }),
      () => log.decide([decision()]),
      () => log.labels('default', 'p1'),
      () => log.erase('default', 'u:ana'),
      () => log.prune(0, 1),
    ];
    for (const call of calls) await expect(call()).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `PredictionLog`, as tests; every store runs them. `numRuns`: examples a property tries, fewer where opening is slow. */
export function predictionLogContract(open: () => PredictionLog, numRuns?: number): void {
  it.each(Object.keys(predictionLogLaws))('%s', async (name) => {
    const log = open();
    try {
      await predictionLogLaws[name]!(log, open, numRuns);
    } finally {
      await log.close();
    }
  });
}
