import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { DeadLetter, DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import type { PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import { findSubjectEvents } from '../subjects/find-events.ts';

/** The stores that may bring erased people back. */
export interface ErasableStores {
  readonly events: EventLog;
  readonly predictions: PredictionLog;
  readonly letters: DeadLetters;
  /** Whose exposures are looked through. */
  readonly experiments: ExperimentStore;
  readonly exposures: ExposureLog;
}

/** What was taken away again. */
export interface ErasuresApplied {
  readonly shoppers: number;
  readonly events: number;
  readonly predictions: number;
  readonly dead_letters: number;
  readonly exposures: number;
}

const tenant = 'default';

/** Adds the suppressions of another list to this one. Raises OPTION_INVALID where that is the list of another data directory. */
export async function mergeSuppressions(into: Suppressions, newer: Suppressions): Promise<void> {
  // Digests are keyed: those of another key name nobody here.
  if (into.digestOf(tenant, 'u:') !== newer.digestOf(tenant, 'u:'))
    throw new TillcastError(
      'OPTION_INVALID',
      'the list of erased shoppers has another key than the backup: it is of another data directory',
    );
  await into.add(await newer.all());
}

/** Takes away what is there of people who were erased, up to the moment of their erasure. Done twice, it does nothing more. */
export async function applyErasures(suppressions: Suppressions, stores: ErasableStores): Promise<ErasuresApplied> {
  const known = new Map((await suppressions.all()).map(({ digest, erasedAtMs }) => [digest, erasedAtMs]));
  if (known.size === 0) return { shoppers: 0, events: 0, predictions: 0, dead_letters: 0, exposures: 0 };
  const erasedAt = (shopper: string): number => known.get(suppressions.digestOf(tenant, shopper)) ?? Number.NEGATIVE_INFINITY;
  const { events, shoppers } = await eraseEvents(stores.events, erasedAt);
  const predictions = await erasePredictions(stores.predictions, erasedAt, shoppers);
  const deadLetters = await eraseLetters(stores.letters, erasedAt);
  const exposures = await eraseExposures(stores, erasedAt, shoppers);
  return { shoppers: shoppers.size, events, predictions, dead_letters: deadLetters, exposures };
}

type ErasedAt = (shopper: string) => number;

/** Whose events are back, though they were erased; then all that is theirs, what their devices did without a name included. */
async function eraseEvents(log: EventLog, erasedAt: ErasedAt): Promise<{ events: number; shoppers: Set<string> }> {
  const shoppers = new Set<string>();
  for await (const batch of log.read({ tenant }))
    for (const event of batch) if (event.eventTimeMs <= erasedAt(shopperOf(event))) shoppers.add(shopperOf(event));
  let events = 0;
  for (const shopper of shoppers) {
    const id = shopper.slice(2);
    const subject = shopper.startsWith('u:') ? { shopper, userId: id } : { shopper, anonymousId: id };
    const theirs: ShopEvent[] = (await findSubjectEvents(log, subject)).events.filter(
      ({ eventTimeMs }) => eventTimeMs <= erasedAt(shopper),
    );
    if (theirs.length > 0) events += await log.erase(theirs);
  }
  return { events, shoppers };
}

async function erasePredictions(log: PredictionLog, erasedAt: ErasedAt, found: ReadonlySet<string>): Promise<number> {
  const shoppers = new Set(found);
  for await (const batch of log.read({ tenant }))
    for (const { record } of batch)
      for (const shopper of namesIn(record)) if (record.askedAtMs <= erasedAt(shopper)) shoppers.add(shopper);
  let predictions = 0;
  for (const shopper of shoppers) predictions += (await log.erase(tenant, shopper)).predictions;
  return predictions;
}

const namesIn = ({ shopper, userId, anonymousId }: PredictionRecord): string[] => [
  shopper,
  ...(userId === undefined ? [] : [`u:${userId}`]),
  ...(anonymousId === undefined ? [] : [`a:${anonymousId}`]),
];

// One that does not end is taken to the end, so that nothing is looked at twice.
const jsonText = /"(?:[^"\\]|\\.)*(?:"|$)/gs;

/** The texts in a body, whether it is sound JSON or not. */
function textsIn({ body }: DeadLetter): string[] {
  return [...body.matchAll(jsonText)].flatMap(([quoted]) => {
    try {
      return [JSON.parse(quoted) as string];
    } catch {
      return [];
    }
  });
}

async function eraseLetters(letters: DeadLetters, erasedAt: ErasedAt): Promise<number> {
  const gone: string[] = [];
  for await (const batch of letters.read({ tenant }))
    for (const letter of batch) {
      const names = new Set(textsIn(letter).flatMap((text) => [`u:${text}`, `a:${text}`]));
      if ([...names].some((name) => letter.receivedAtMs <= erasedAt(name))) gone.push(letter.letterId);
    }
  return gone.length === 0 ? 0 : letters.resolve(tenant, gone);
}

async function eraseExposures(
  { experiments, exposures }: ErasableStores,
  erasedAt: ErasedAt,
  found: ReadonlySet<string>,
): Promise<number> {
  const keys = new Set(found);
  for (const { id } of (await experiments.list(tenant)).experiments)
    for await (const batch of exposures.read({ tenant, experimentId: id }))
      for (const { key, exposedAtMs } of batch) if (exposedAtMs <= erasedAt(key)) keys.add(key);
  let erased = 0;
  for (const key of keys) erased += await exposures.erase(tenant, key);
  return erased;
}
