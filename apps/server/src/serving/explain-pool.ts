import type { Ensemble, Explanation } from '@tillcast/core/scoring/ensemble';
import { Piscina } from 'piscina';
import { openMicroBatch } from './micro-batch.ts';
import { openRecentAnswers } from './recent-answers.ts';

/** Explains rows off the event loop, within a bounded queue and a deadline. */
export interface ExplainPool {
  /** Explanations of rows laid out one after the other; undefined where the queue is full or the deadline passed. */
  explain(rows: Float32Array, rowCount: number, deadlineMs: number): Promise<readonly Explanation[] | undefined>;
  /** Waits for what is under way, then ends the threads. */
  close(): Promise<void>;
}

export interface ExplainPoolSettings {
  readonly threads?: number;
  /** Tasks that may wait; more are answered without explanation at once. */
  readonly queue?: number;
  /** Told of what went wrong inside a worker, other than a full queue. */
  readonly onFailure?: (error: unknown) => void;
}

/** Rows a task holds at most, so that a large batch does not keep a single question waiting for long. */
const rowsPerTask = 32;
/** Questions that come one by one are explained together: as many rows as two vectors hold, within a millisecond. */
const microBatch = { size: 8, waitMs: 1 };
/** Explanations kept, about a kilobyte each. */
const mostRecent = 5_000;

const unpack = (answers: Float64Array, width: number): Explanation[] =>
  Array.from({ length: answers.length / (width + 2) }, (_, row) => {
    const start = row * (width + 2);
    return {
      baseValue: answers[start]!,
      logOdds: answers[start + 1]!,
      contributions: answers.subarray(start + 2, start + 2 + width),
    };
  });

/** Resolves to undefined when the deadline passes first; the late answer is dropped. */
async function within<T>(answer: Promise<T>, deadlineMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), deadlineMs);
  });
  return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
}

/** Threads that explain one ensemble. They get the ensemble that was verified, not the way to a folder that may have changed since. */
export function openExplainPool(
  ensemble: Ensemble,
  { threads = 1, queue = 64, onFailure = () => {} }: ExplainPoolSettings = {},
): ExplainPool {
  const width = ensemble.featureNames.length;
  const pool = new Piscina({
    filename: new URL('./explain-worker.ts', import.meta.url).href,
    name: 'explainRows',
    workerData: ensemble,
    minThreads: threads,
    maxThreads: threads,
    maxQueue: queue,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  pool.on('error', onFailure);
  let closed = false;

  async function explainPart(rows: Float32Array, rowCount: number): Promise<Explanation[]> {
    return unpack((await pool.run({ rows, rowCount })) as Float64Array, width);
  }

  const recent = openRecentAnswers<Explanation>(mostRecent);
  const gathered = openMicroBatch(explainPart, { ...microBatch, workers: threads });

  async function explainOne(row: Float32Array): Promise<Explanation[]> {
    const known = recent.find(row);
    if (known !== undefined) return [known];
    const answer = await gathered.ask(row);
    recent.keep(row, answer);
    return [answer];
  }

  return {
    async explain(rows, rowCount, deadlineMs) {
      // A closed Piscina would quietly start new threads.
      if (closed) return undefined;
      const parts =
        rowCount === 1
          ? [explainOne(rows.slice(0, width))]
          : Array.from({ length: Math.ceil(rowCount / rowsPerTask) }, (_, part) => {
              const count = Math.min(rowsPerTask, rowCount - part * rowsPerTask);
              return explainPart(rows.slice(part * rowsPerTask * width, (part * rowsPerTask + count) * width), count);
            });
      try {
        return (await within(Promise.all(parts), deadlineMs))?.flat();
      } catch (error) {
        for (const part of parts) part.catch(() => {});
        if (
          !(
            error instanceof Error &&
            /queue is at limit|worker pool is closed|terminated|AbortError/i.test(`${error.name} ${error.message}`)
          )
        )
          onFailure(error);
        return undefined;
      }
    },
    close() {
      closed = true;
      return pool.close();
    },
  };
}
