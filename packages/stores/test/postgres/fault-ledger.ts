import type { EventLog } from '@tillcast/core/ports/event-log';
import { anEvent, originMs } from '../../../core/test/arbitraries/event.ts';
import { readAll } from '../../../core/test/contract/event-log.ts';

/** What callers were told of their events, to be held against what the log has. */
export interface Ledger {
  /** Ids that were acked, whatever their fate. */
  readonly acked: ReadonlySet<string>;
  /** Refusals that were not STORE_UNAVAILABLE, and answers that do not add up. */
  readonly wrong: readonly unknown[];
  /** Milliseconds each call took, the refused ones as well. */
  readonly tookMs: readonly number[];
  readonly accepted: number;
  readonly refused: number;
  /** Tells the callers to send no new events; resolves when each of them has an ack for all of its own. */
  finish(): Promise<void>;
}

/** Callers that append without pause, a few events at a time, and send again what was refused until it is acked: as a client that may not lose events does. */
export function keepAppending(
  log: EventLog,
  { callers, pauseMs, name }: { callers: number; pauseMs: number; name: string },
): Ledger {
  const acked = new Set<string>();
  const wrong: unknown[] = [];
  const tookMs: number[] = [];
  const sums = { accepted: 0, refused: 0 };
  let finishing = false;

  async function deliver(ids: readonly string[]): Promise<void> {
    for (;;) {
      const start = performance.now();
      try {
        const { accepted, duplicate, conflicts } = await log.append(
          ids.map((eventId, i) => anEvent({ eventId, eventTimeMs: originMs + i })),
        );
        sums.accepted += accepted;
        if (accepted + duplicate !== ids.length || conflicts.length > 0) wrong.push({ accepted, duplicate, conflicts });
        for (const id of ids) acked.add(id);
        return;
      } catch (error) {
        sums.refused += 1;
        if ((error as { code?: string }).code !== 'STORE_UNAVAILABLE') wrong.push(error);
        await new Promise((resolve) => setTimeout(resolve, 5));
      } finally {
        tookMs.push(performance.now() - start);
      }
    }
  }

  async function caller(number: number): Promise<void> {
    for (let turn = 0; !finishing; turn++) {
      await deliver([0, 1, 2].map((i) => `${name}-${number}-${turn}-${i}`));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  const done = Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
  return {
    acked,
    wrong,
    tookMs,
    get accepted() {
      return sums.accepted;
    },
    get refused() {
      return sums.refused;
    },
    async finish() {
      finishing = true;
      await done;
    },
  };
}

/** Events that were acked and are not there, and those that are there twice. */
export async function differences(log: EventLog, acked: ReadonlySet<string>): Promise<{ lost: string[]; doubled: string[] }> {
  const stored = (await readAll(log)).map(({ eventId }) => eventId);
  const distinct = new Set(stored);
  const first = new Map(stored.map((id, i) => [id, i] as const).reverse());
  return { lost: [...acked].filter((id) => !distinct.has(id)), doubled: stored.filter((id, i) => first.get(id) !== i) };
}
