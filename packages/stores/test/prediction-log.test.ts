import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { threadedPredictionLog } from '@tillcast/stores/sqlite/prediction-log-thread';
import { afterAll, describe, expect, it } from 'vitest';
import { aPrediction } from '../../core/test/arbitraries/prediction.ts';
import { predictionLogContract } from '../../core/test/contract/prediction-log.ts';
import { recentPredictionsContract } from '../../core/test/contract/recent-predictions.ts';

describe('memory prediction log', () => predictionLogContract(memoryPredictionLog));

const folder = mkdtempSync(join(tmpdir(), 'tillcast-predictions-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshFile = () => join(folder, `${files++}.db`);

describe('sqlite prediction log', () => predictionLogContract(() => sqlitePredictionLog(freshFile())));

describe('sqlite prediction log that writes on a thread', () => {
  predictionLogContract(() => threadedPredictionLog(freshFile()), 4);

  it('says what failed over there, and goes on', async () => {
    const log = threadedPredictionLog(freshFile());
    const broken = aPrediction({ askedAtMs: 0.5 });
    await expect(log.append([broken])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await log.append([aPrediction()])).toBe(1);
    await log.close();
  });
});

describe('memory recent predictions', () => recentPredictionsContract(memoryRecentPredictions));
