import { setTimeout as sleep } from 'node:timers/promises';
import type { PredictionLog, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import { openLineQueue } from './line-queue.ts';

/** Writes log lines behind the answers: nobody waits for it, and it never takes more than its bound. */
export interface PredictionWriter {
  /** Takes a line; when there is no room, the oldest waiting one is shed. */
  write(record: PredictionRecord): void;
  /** A line that waits or is on its way to the store. */
  find(tenant: string, predictionId: string): PredictionRecord | undefined;
  /** Drops the waiting lines that `isTheirs` points out, and resolves once none of them is on its way either. */
  forget(isTheirs: (record: PredictionRecord) => boolean): Promise<number>;
  /** Writes what waits, for at most so long; what then still waits is lost, and counted. */
  close(deadlineMs: number): Promise<void>;
}

/** What became of a line. */
export type LineOutcome = 'written' | 'shed' | 'lost';

export interface PredictionWriterSettings {
  readonly log: Pick<PredictionLog, 'append'>;
  readonly count: (outcome: LineOutcome, lines: number) => void;
  /** The number of waiting lines, whenever it changes. */
  readonly gauge?: (waiting: number) => void;
  /** Told once when the store begins to fail, and once when it takes lines again. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery?: (missedMs: number) => void;
  /** Lines that may wait; default 10,000. */
  readonly capacity?: number;
  /** Lines written in one step: making their bytes holds up the event loop; default 64. */
  readonly chunk?: number;
  /** How long a line waits for company, ms; default 20. */
  readonly waitMs?: number;
  /** How long a failing store is left alone, ms; default 1,000. */
  readonly retryMs?: number;
}

/** Opens a writer; see `PredictionWriter` for what it promises. */
export function openPredictionWriter(settings: PredictionWriterSettings): PredictionWriter {
  const { log, count, gauge = () => {}, capacity = 10_000, chunk = 64, waitMs = 20, retryMs = 1_000 } = settings;
  const waiting = openLineQueue<PredictionRecord>();
  let flying: readonly PredictionRecord[] = [];
  let flight: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let troubleSinceMs: number | undefined;
  let closed = false;

  function shed(most: number): void {
    const surplus = waiting.size - most;
    if (surplus <= 0) return;
    waiting.take(surplus);
    count('shed', surplus);
  }

  function noteSuccess(lines: number): void {
    count('written', lines);
    if (troubleSinceMs === undefined) return;
    settings.onRecovery?.(performance.now() - troubleSinceMs);
    troubleSinceMs = undefined;
  }

  /** What could not be written goes back to its place, the front. */
  function noteFailure(records: readonly PredictionRecord[], error: unknown): void {
    waiting.putBack(records);
    shed(capacity);
    if (troubleSinceMs === undefined) settings.onTrouble(error);
    troubleSinceMs ??= performance.now();
  }

  async function writeChunk(): Promise<void> {
    const records = waiting.take(chunk);
    if (records.length === 0) return;
    flying = records;
    try {
      await log.append(records);
      noteSuccess(records.length);
    } catch (error) {
      noteFailure(records, error);
    } finally {
      flying = [];
      gauge(waiting.size);
    }
  }

  function plan(ms: number): void {
    if (closed || timer !== undefined || waiting.size === 0) return;
    timer = setTimeout(() => {
      flight = writeChunk().then(() => {
        timer = undefined;
        plan(troubleSinceMs !== undefined ? retryMs : waiting.size >= chunk ? 0 : waitMs);
      });
    }, ms);
  }

  return {
    write(record) {
      if (closed) return count('lost', 1);
      waiting.push(record);
      shed(capacity);
      gauge(waiting.size);
      plan(waitMs);
    },
    find(tenant, predictionId) {
      const isIt = (record: PredictionRecord): boolean => record.predictionId === predictionId && record.tenant === tenant;
      return waiting.find(isIt) ?? flying.find(isIt);
    },
    async forget(isTheirs) {
      // A failed flight puts its lines back, so it is waited for first.
      await flight;
      const dropped = waiting.drop(isTheirs);
      gauge(waiting.size);
      return dropped;
    },
    async close(deadlineMs) {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      let isLate = false;
      const deadline = sleep(deadlineMs, undefined, { ref: false }).then(() => {
        isLate = true;
      });
      const written = (async () => {
        await flight;
        do await writeChunk();
        while (waiting.size > 0 && troubleSinceMs === undefined && !isLate);
      })();
      await Promise.race([written, deadline]);
      const left = new Set([...waiting.all(), ...flying]).size;
      if (left > 0) count('lost', left);
      waiting.drop(() => true);
      gauge(0);
    },
  };
}
