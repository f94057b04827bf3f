import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { postgresPredictionLog } from '@tillcast/stores/postgres/prediction-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOutcome, aPrediction, askedMs } from '../../../core/test/arbitraries/prediction.ts';
import { predictionLogContract, readPredictions } from '../../../core/test/contract/prediction-log.ts';
import { freshDatabase, postgresMissing } from './shared-postgres.ts';
import { openSpareSchemas } from './spare-schemas.ts';

const tables = ['prediction', 'label', 'outcome', 'feature_columns'];
const DAY_MS = 86_400_000;

describe.skipIf(postgresMissing !== undefined)('postgres prediction log', () => {
  let schemas: Awaited<ReturnType<typeof openSpareSchemas>>;

  beforeAll(async () => {
    schemas = await openSpareSchemas(await freshDatabase('predictions'), 4, tables);
  });
  afterAll(() => schemas?.close());

  predictionLogContract(() => schemas.lend(postgresPredictionLog));

  /** Two logs on one schema, as two processes have them. */
  async function withTwo(work: (one: PredictionLog, two: PredictionLog) => Promise<void>): Promise<void> {
    const one = schemas.lend((postgres) => ({ ...postgresPredictionLog(postgres), two: postgresPredictionLog(postgres) }));
    try {
      await work(one, one.two);
    } finally {
      await one.close();
    }
  }

  it('reads lines of another process, whose columns this one has not met', () =>
    withTwo(async (one, two) => {
      await one.append([aPrediction(), aPrediction({ predictionId: 'p2' })]);
      const read = (await readPredictions(two)).map(({ record }) => record);
      expect(read).toEqual([aPrediction(), aPrediction({ predictionId: 'p2' })]);
    }));

  it('lets many processes decide, reopen and append at once without a deadlock', () =>
    withTwo(async (one, two) => {
      const ids = Array.from({ length: 40 }, (_, i) => `p${i}`);
      await one.append(ids.map((predictionId) => aPrediction({ predictionId })));
      const label = { version: 1, label: 0, labelNet: 0, netFinal: false, decidedAtMs: askedMs, because: 'closed' } as const;
      const decide = (log: PredictionLog, order: readonly string[]) =>
        log.decide(order.map((predictionId) => ({ tenant: 'default', predictionId, revision: 0, upon: 0, label })));
      const outcome = (log: PredictionLog, n: number) => log.addOutcomes([anOutcome({ eventId: `o${n}` })], DAY_MS);
      const results = await Promise.all([
        decide(one, ids),
        decide(two, ids.toReversed()),
        ...Array.from({ length: 10 }, (_, n) => outcome(n % 2 === 0 ? one : two, n)),
        two.append([aPrediction({ predictionId: 'late' })]),
      ]);
      expect(results[0]! + results[1]!).toBe(40);
      expect(await one.due({ nowMs: 0, refundWindowMs: DAY_MS, limit: 100 })).toHaveLength(40);
    }));
});
