import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { expect, it } from 'vitest';
import { aPrediction, askedMs } from '../../../../packages/core/test/arbitraries/prediction.ts';
import { openLabelJob } from '../../src/serving/labels.ts';

it('removes in one round every line past its time, however many there are, and none before', async () => {
  const log = memoryPredictionLog();
  const lines = (count: number, name: string, at: number) =>
    Array.from({ length: count }, (_, n) => aPrediction({ predictionId: `${name}${n}`, askedAtMs: at, asOfMs: at }));
  await log.append([...lines(2_500, 'old', askedMs), ...lines(5, 'new', askedMs + 1_000)]);
  const job = openLabelJob({
    ...{ log, now: () => askedMs + 1_500, refundWindowMs: 1, retentionMs: 1_000, everyMs: 0 },
    carrier: { note: () => {}, settle: async () => {}, flush: async () => {}, forget: () => {} },
    onDecided: () => {},
    onTrouble: (error) => {
      throw error;
    },
  });
  await job.run();
  expect(await log.count()).toBe(5);
  await job.close();
});
