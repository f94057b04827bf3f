import type { Asker } from '@tillcast/core/experiments/unit-keys';
import { unitKeys } from '@tillcast/core/experiments/unit-keys';
import type { Exposure } from '@tillcast/core/ports/exposure-log';
import type { PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { Book } from './books.ts';

/** How a decision's treatment is named among the variants a person met; an empty name: nothing was given. */
export const decidedName = (treatment: string): string => `(decided)/${treatment}`;

/** The treatment of such a name; undefined: it is a variant's. */
export const treatmentDecided = (met: string): string | undefined =>
  met.startsWith(decidedName('')) ? met.slice(decidedName('').length) : undefined;

const tenant = 'default';

/**
 * What decisions mean for a holdout's book. Policies treat nobody whom it keeps out, so that they are part of what it measures: whoever is decided about
 * while it is in force comes into the book, on the side that the holdout put them, at that moment; what a decision gives is paid.
 * None for a comparison with a control: both of its sides are decided about alike.
 */
function exposuresOf({ experiments, against, holdout }: Book, record: PredictionRecord): readonly Exposure[] {
  const { decision, userId, anonymousId, sessionId, askedAtMs: exposedAtMs } = record;
  const isHeld = against === 'holdout' ? decision?.holdouts?.[holdout!] : undefined;
  if (isHeld === undefined) return [];
  const asker: Asker = { userId, anonymousId, sessionId };
  const keys = unitKeys(experiments[0]!.experiment.unit, asker);
  const met = isHeld ? {} : { variant: decidedName(decision!.treatment ?? '') };
  return keys.map((key) => ({ tenant, experimentId: '', key, unit: keys[0]!, exposedAtMs, ...met }));
}

/** Hands over what the decisions up to a moment mean for each holdout's book. Reads the log once, and not at all where no book needs it. */
export async function readDecisions(
  books: readonly Book[],
  log: Pick<PredictionLog, 'read'>,
  asOfMs: number,
  take: (book: Book, exposures: readonly Exposure[]) => void,
): Promise<void> {
  const measuring = books.filter(({ against }) => against === 'holdout');
  if (measuring.length === 0) return;
  const fromMs = Math.min(...measuring.flatMap(({ experiments }) => experiments.map(({ startedAtMs }) => startedAtMs)));
  for await (const batch of log.read({ tenant, fromMs, untilMs: asOfMs + 1, decided: true }))
    for (const { record } of batch) for (const book of measuring) take(book, exposuresOf(book, record));
}
