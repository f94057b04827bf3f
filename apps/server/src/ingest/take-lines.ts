import { maxEvents } from '@tillcast/api/events';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { Metrics } from '../http/metrics.ts';
import { HttpRefusal } from '../http/problem.ts';
import type { IngestLines } from '../http/routes/events.ts';
import { addFates, answerOf, countFates, type EventError, type Fates, noFates } from './fates.ts';
import type { TakeBatch } from './intake.ts';
import { letterOf } from './letters.ts';
import { lineBatches, type ReceivedLine } from './line-batches.ts';

/** Characters of rejected lines that are held until the answer goes out; what is more goes to the dead letters at once. */
const heldCharacters = 4 << 20;

/** What the taking of lines stands on. */
export interface LineParts {
  readonly take: TakeBatch;
  readonly letters: DeadLetters;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** A line that was rejected, as it stood: the answer tells it, or a dead letter keeps it. */
interface Rejected {
  readonly error: EventError;
  readonly raw: string;
}

/** What one stream came to so far. */
function openStream({ take, letters, metrics, now }: LineParts) {
  const sum = noFates();
  let told: Rejected[] = [];
  let held = 0;

  /** Keeps rejected lines that nobody can be told of. */
  async function bury(lines: readonly Rejected[]): Promise<void> {
    if (lines.length === 0) return;
    const { dropped } = await letters.put(lines.map(({ error, raw }) => letterOf('stream', raw, error.problem, now())));
    metrics.deadLettersDropped.inc(dropped);
    const dead: Fates = { ...noFates(), dead: lines.length };
    countFates(metrics, dead);
    addFates(sum, dead);
  }

  return {
    sum,
    async store(lines: readonly ReceivedLine[]): Promise<void> {
      const fates = await take(lines);
      countFates(metrics, fates, 0);
      addFates(sum, fates);
      if (fates.errors.length === 0) return;
      const raws = new Map(lines.map(({ line, raw }) => [line, raw]));
      const untold: Rejected[] = [];
      for (const error of fates.errors.sort((a, b) => a.index - b.index)) {
        const raw = raws.get(error.line!)!;
        const fits = told.length < maxEvents && held + raw.length <= heldCharacters;
        if (fits) held += raw.length;
        (fits ? told : untold).push({ error, raw });
      }
      await bury(untold);
    },
    /** The answer is about to go out. */
    finish() {
      countFates(metrics, noFates(), told.length);
      return answerOf({ ...sum, errors: told.map(({ error }) => error) });
    },
    /** No answer will go out that tells which lines were rejected. */
    async abandon(): Promise<void> {
      const lines = told;
      told = [];
      await bury(lines);
    },
  };
}

/** What broke a stream off, with what had become of it till then. */
function brokenOff(error: unknown, { accepted, duplicate, dead }: Fates): unknown {
  const soFar = `; before that: ${accepted} accepted, ${duplicate} duplicate, ${dead} kept as dead letters; sending all of it again is safe`;
  if (error instanceof HttpRefusal && error.code !== 'INPUT_INVALID') return new HttpRefusal(error.code, error.message + soFar);
  if (error instanceof TillcastError) return new TillcastError(error.code, error.message + soFar, { cause: error });
  return error;
}

/**
 * Takes a stream of events, one JSON object a line; the answer tells the rejected ones by line. When the stream breaks off, what was stored
 * stays stored.
 */
export const openIngestLines =
  (parts: LineParts): IngestLines =>
  async (chunks) => {
    const stream = openStream(parts);
    try {
      for await (const lines of lineBatches(chunks)) await stream.store(lines);
      return stream.finish();
    } catch (error) {
      // When even the letters cannot be kept, these lines have no fate: their sender still has them.
      await stream.abandon().catch(() => {});
      throw brokenOff(error, stream.sum);
    }
  };
