import type { Outcome, PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { describe, expect, it } from 'vitest';
import { predictionLogLaws, readPredictions } from '../../core/test/contract/prediction-log.ts';
import { recentPredictionsLaws } from '../../core/test/contract/recent-predictions.ts';

const with_ = (over: (log: PredictionLog) => Partial<PredictionLog>) => (): PredictionLog => {
  const log = memoryPredictionLog();
  return { ...log, ...over(log) };
};
const changed = (log: PredictionLog, change: (record: PredictionRecord) => PredictionRecord): Partial<PredictionLog> => ({
  append: (records) => log.append(records.map(change)),
});

/** Logs with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, () => PredictionLog>> = {
  'rounds contributions to float32': with_((log) =>
    changed(log, (record) =>
      record.contributions === undefined
        ? record
        : { ...record, contributions: Float64Array.from(record.contributions, Math.fround) },
    ),
  ),
  'makes one NaN of all': with_((log) =>
    changed(log, (record) => ({
      ...record,
      row: Float32Array.from(record.row, (value) => (Number.isNaN(value) ? Number.NaN : value)),
    })),
  ),
  'loses the sign of zero': with_((log) => changed(log, (record) => ({ ...record, logOdds: record.logOdds + 0 }))),
  'mixes tenants up': with_((log) => changed(log, (record) => ({ ...record, tenant: 'default' }))),
  'counts a repeated line as new': with_((log) => ({
    append: async (records) => log.append(records).then(() => records.length),
  })),
  'lets the last record win': () => {
    let lines: PredictionRecord[] = [];
    const fresh = memoryPredictionLog();
    return {
      ...fresh,
      append: async (records) => {
        const before = lines.length;
        const isNew = (one: PredictionRecord) =>
          !records.some(({ tenant, predictionId }) => tenant === one.tenant && predictionId === one.predictionId);
        lines = [...lines.filter(isNew), ...records];
        return lines.length - before;
      },
      find: async (tenant, id) => {
        const record = lines.find((line) => line.tenant === tenant && line.predictionId === id);
        return record && { record };
      },
      async *read({ tenant = 'default' } = {}) {
        yield lines.filter((line) => line.tenant === tenant).map((record) => ({ record }));
      },
    };
  },
  'gives the oldest as the latest': with_((log) => ({
    latest: async (tenant, limit) => (await log.latest(tenant, 1_000)).toReversed().slice(0, limit),
  })),
  'forgets the upper bound': with_((log) => ({ read: ({ untilMs: _, ...query } = {}) => log.read(query) })),
  'forgets to ask for labels': with_((log) => ({ read: ({ labelled: _, ...query } = {}) => log.read(query) })),
  'forgets to ask for decisions': with_((log) => ({ read: ({ decided: _, ...query } = {}) => log.read(query) })),
  'closes windows a millisecond early': with_((log) => ({ due: (at) => log.due({ ...at, nowMs: at.nowMs + 1 }) })),
  'never lets a label mature': with_((log) => ({
    due: async (at) => (await log.due(at)).filter(({ current }) => current === undefined || at.nowMs === 0),
  })),
  'takes no notice of late outcomes': with_((log) => ({
    due: async (at) => (await log.due(at)).filter(({ current }) => current === undefined || at.nowMs > 0),
  })),
  'reopens for one refund window less': with_((log) => ({ addOutcomes: (outcomes) => log.addOutcomes(outcomes, 0) })),
  'forgets an outcome that came meanwhile': with_((log) => ({
    decide: (decisions) => log.decide(decisions.map((one) => ({ ...one, revision: one.revision + 9 }))),
  })),
  'forgets an outcome that came before the first label': with_((log) => ({
    decide: (decisions) => log.decide(decisions.map((one) => (one.upon === 0 ? { ...one, revision: one.revision + 9 } : one))),
  })),
  'lets the last worker win': with_((log) => {
    const versions = new Map<string, number>();
    return {
      decide: async (decisions) => {
        let added = 0;
        for (const one of decisions) {
          const upon = versions.get(one.predictionId) ?? 0;
          added += await log.decide([{ ...one, upon }]);
          if (one.label !== undefined) versions.set(one.predictionId, upon + 1);
        }
        return added;
      },
    };
  }),
  'erases only what the shopper asked': with_((log) => ({
    erase: async (tenant, shopper) => {
      const all = await readPredictions(log, { tenant });
      const named = all.filter(({ record }) => record.shopper !== shopper);
      const gone = await log.erase(tenant, shopper);
      const back = await log.append(named.map(({ record }) => record));
      return { ...gone, predictions: gone.predictions - back };
    },
  })),
  'leaves an erased shopper’s name with those linked to them': with_((log) => {
    const held: Outcome[] = [];
    return {
      addOutcomes: (outcomes, refundWindowMs) => {
        held.push(...outcomes.filter(({ linked }) => linked !== undefined));
        return log.addOutcomes(outcomes, refundWindowMs);
      },
      outcomes: async (tenant, shopper, fromMs) => {
        const found = await log.outcomes(tenant, shopper, fromMs);
        return found.length > 0 ? [...held.filter((one) => one.shopper === shopper), ...found] : found;
      },
    };
  }),
  'prunes without a limit': with_((log) => ({ prune: (askedBeforeMs) => log.prune(askedBeforeMs, 1_000) })),
  'stays open after close': with_(() => ({ close: async () => {} })),
};

describe('the laws of the prediction log', () => {
  it.each(Object.keys(faults))('catch a log that %s', async (name) => {
    const open = faults[name]!;
    const verdicts = await Promise.allSettled(Object.values(predictionLogLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});

const recentFaults: Readonly<Record<string, (capacity: number) => RecentPredictions>> = {
  'keeps one too many': (capacity) => memoryRecentPredictions(capacity + 1),
  'gives the oldest first': (capacity) => {
    const recent = memoryRecentPredictions(capacity);
    return { ...recent, latest: async (tenant, limit) => [...(await recent.latest(tenant, limit))].reverse() };
  },
  'erases only what the shopper asked': (capacity) => {
    const recent = memoryRecentPredictions(capacity);
    return { ...recent, push: (records) => recent.push(records.map(({ userId: _, ...record }) => record)) };
  },
  'stays open after close': (capacity) => ({ ...memoryRecentPredictions(capacity), close: async () => {} }),
};

describe('the laws of the recent predictions', () => {
  it.each(Object.keys(recentFaults))('catch a list that %s', async (name) => {
    const verdicts = await Promise.allSettled(Object.values(recentPredictionsLaws).map((law) => law(recentFaults[name]!)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
