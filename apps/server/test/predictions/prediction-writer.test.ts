import { setTimeout as sleep } from 'node:timers/promises';
import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { describe, expect, it } from 'vitest';
import { aPrediction } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { type LineOutcome, openPredictionWriter, type PredictionWriterSettings } from '../../src/serving/prediction-writer.ts';

const line = (n: number): PredictionRecord => aPrediction({ predictionId: `p${n}`, askedAtMs: 1_000 + n });
const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
  for (let n = 0; n < 400 && !(await isSo()); n++) await sleep(5);
};

/** A writer over a store that can be told to fail or to hang. */
function openTried(settings: Partial<PredictionWriterSettings> = {}) {
  const log = memoryPredictionLog();
  const store = { failing: false, gate: Promise.resolve() };
  const counts: Record<LineOutcome, number> = { written: 0, shed: 0, lost: 0 };
  const troubles: unknown[] = [];
  const recoveries: number[] = [];
  const writer = openPredictionWriter({
    log: {
      append: async (records) => {
        await store.gate;
        if (store.failing) throw new Error('disk full');
        return log.append(records);
      },
    },
    count: (outcome, lines) => {
      counts[outcome] += lines;
    },
    onTrouble: (error) => troubles.push(error),
    onRecovery: (ms) => recoveries.push(ms),
    waitMs: 1,
    retryMs: 5,
    chunk: 4,
    ...settings,
  });
  const stored = async () => (await log.latest('default', 1_000)).map(({ record }) => record.predictionId).reverse();
  return { writer, store, counts, troubles, recoveries, stored };
}

describe('the prediction writer', () => {
  it('writes every line behind its back, in order, and finds those that wait', async () => {
    const { writer, counts, stored } = openTried();
    for (let n = 0; n < 50; n++) writer.write(line(n));
    expect(writer.find('default', 'p49')?.predictionId).toBe('p49');
    expect(writer.find('other', 'p49')).toBeUndefined();
    await until(() => counts.written === 50);
    expect(await stored()).toEqual(Array.from({ length: 50 }, (_, n) => `p${n}`));
    expect(writer.find('default', 'p49')).toBeUndefined();
    await writer.close(100);
    expect(counts).toEqual({ written: 50, shed: 0, lost: 0 });
  });

  it('sheds its oldest lines, never the newest, and takes no time over it', async () => {
    const { writer, store, counts, stored } = openTried({ capacity: 10 });
    store.failing = true;
    for (let n = 0; n < 100; n++) writer.write(line(n));
    expect(counts.shed).toBe(90);
    store.failing = false;
    await until(() => counts.written === 10);
    expect(await stored()).toEqual(Array.from({ length: 10 }, (_, n) => `p${90 + n}`));
  });

  it('keeps lines through a failing store, tells of it once a burst, and of the end', async () => {
    const { writer, store, counts, troubles, recoveries, stored } = openTried();
    for (const burst of [1, 2]) {
      store.failing = true;
      for (let n = 0; n < 6; n++) writer.write(line(burst * 10 + n));
      await sleep(40);
      expect(troubles).toHaveLength(burst);
      store.failing = false;
      await until(() => counts.written === burst * 6);
      expect(recoveries).toHaveLength(burst);
    }
    expect(await stored()).toHaveLength(12);
    expect(counts).toEqual({ written: 12, shed: 0, lost: 0 });
    await writer.close(100);
  });

  it('stays within its bound while a store hangs, and ends within the deadline, counting what is lost', async () => {
    const { writer, store, counts } = openTried({ capacity: 10 });
    store.gate = new Promise(() => {});
    writer.write(line(0));
    await sleep(20);
    for (let n = 1; n < 30; n++) writer.write(line(n));
    expect(counts.shed).toBe(19);
    const started = performance.now();
    await writer.close(50);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(counts).toEqual({ written: 0, shed: 19, lost: 11 });
    writer.write(line(31));
    expect(counts.lost).toBe(12);
  });

  it('writes what waits when it is closed', async () => {
    const { writer, counts, stored } = openTried({ waitMs: 60_000 });
    for (let n = 0; n < 9; n++) writer.write(line(n));
    await writer.close(2_000);
    expect(await stored()).toHaveLength(9);
    expect(counts).toEqual({ written: 9, shed: 0, lost: 0 });
  });

  it('drops the waiting lines of a shopper, those on their way too', async () => {
    const { writer, store, counts, stored } = openTried();
    let open = (): void => {};
    store.gate = new Promise((resolve) => (open = resolve));
    store.failing = true;
    for (let n = 0; n < 6; n++) writer.write({ ...line(n), shopper: n % 2 === 0 ? 'u:ana' : 'u:bea' });
    await sleep(20);
    const forgotten = writer.forget(({ shopper }) => shopper === 'u:ana');
    open();
    expect(await forgotten).toBe(3);
    store.failing = false;
    await until(() => counts.written === 3);
    expect(await stored()).toEqual(['p1', 'p3', 'p5']);
    await writer.close(100);
  });
});
