import type { DeadLetter } from '@tillcast/core/ports/dead-letters';
import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { aPrediction, askedMs } from '../../../packages/core/test/arbitraries/prediction.ts';

/** Whose predictions are erased on the way. */
export const goneShopper = 'u:gone';

/** The n-th prediction that a test logs; every third is of the shopper who is erased. */
export const sentPrediction = (n: number): PredictionRecord =>
  aPrediction({
    predictionId: `p${n}`,
    askedAtMs: askedMs + n,
    ...(isGone(n) ? { shopper: goneShopper, userId: 'gone' } : {}),
  });

/** Whether the n-th prediction is of the shopper who is erased. */
export const isGone = (n: number): boolean => n % 3 === 2;

/** The n-th dead letter that a test keeps. */
export const sentLetter = (n: number): DeadLetter => ({
  ...{ tenant: 'default', letterId: `l${n}`, source: 'stream', reason: 'INPUT_INVALID', problem: 'a test' },
  ...{ body: `{"n":${n}}`, receivedAtMs: n },
});
