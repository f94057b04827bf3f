import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Ensemble, Explanation } from '@tillcast/core/scoring/ensemble';
import { Piscina } from 'piscina';
import { type FoundExplanation, openExplanationCache } from './explanation-cache.ts';
import { openMicroBatch } from './micro-batch.ts';
import { openRowByRow } from './row-by-row.ts';
import type { SharedExplanations } from './shared-explanations.ts';

/** Explains rows off the event loop, within a bounded queue and a deadline. */
export interface ExplainPool {
  /**
   * Explanations of rows laid out one after the other; undefined where the queue is full or the deadline passed. A row that cannot be explained
   * is undefined in its place and told to `onFailure`; the others have their answers, whoever they were worked on with. A row asked alone is looked
   * up in the cache of its tenant first (default `default`).
   */
  explain(
    rows: Float32Array,
    rowCount: number,
    deadlineMs: number,
    tenant?: string,
  ): Promise<readonly (FoundExplanation | undefined)[] | undefined>;
  /** Forgets the explanations kept. */
  purge(): void;
  /** Waits for what is under way, then ends the threads. */
  close(): Promise<void>;
}

export interface ExplainPoolSettings {
  readonly threads?: number;
  /** Tasks that may wait; more are answered without explanation at once. */
  readonly queue?: number;
  /** Told of what went wrong inside a worker, other than a full queue. */
  readonly onFailure?: (error: unknown) => void;
  /** What other processes have explained of the same ensemble. */
  readonly shared?: SharedExplanations;
}

/** Rows a task holds at most, so that a large batch does not keep a single question waiting for long. */
const rowsPerTask = 32;
/** Questions that come one by one are explained together: as many rows as four vectors hold, within a millisecond. */
const microBatch = { size: 16, waitMs: 1 };

const unpack = (answers: Float64Array, width: number): Explanation[] =>
  Array.from({ length: answers.length / (width + 2) }, (_, row) => {
    const start = row * (width + 2);
    return {
      baseValue: answers[start]!,
      logOdds: answers[start + 1]!,
      contributions: answers.subarray(start + 2, start + 2 + width),
    };
  });

/** Whether an error says that the pool has no room or is ending, and nothing of the rows. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  /queue is at limit|worker pool is closed|terminated|AbortError/i.test(`${error.name} ${error.message}`);

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
  { threads = 1, queue = 64, onFailure = () => {}, shared }: ExplainPoolSettings = {},
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
    // A closed Piscina would quietly start new threads.
    if (closed) throw new TillcastError('EXPLANATION_LATE', 'the worker pool is closed: the model was replaced, ask again');
    return unpack((await pool.run({ rows, rowCount })) as Float64Array, width);
  }

  const settleEach = openRowByRow(explainPart, isBusy);

  async function settleRows(rows: Float32Array, rowCount: number): Promise<readonly PromiseSettledResult<Explanation>[]> {
    const settled = await settleEach(rows, rowCount);
    for (const one of settled) if (one.status === 'rejected' && !isBusy(one.reason)) onFailure(one.reason);
    return settled;
  }

  const gathered = openMicroBatch(settleRows, { ...microBatch, workers: threads });
  const cache = openExplanationCache((row) => gathered.ask(row), { shared });

  function settleInParts(rows: Float32Array, rowCount: number): Promise<readonly PromiseSettledResult<Explanation>[]>[] {
    return Array.from({ length: Math.ceil(rowCount / rowsPerTask) }, (_, part) => {
      const from = part * rowsPerTask;
      const count = Math.min(rowsPerTask, rowCount - from);
      return settleRows(rows.slice(from * width, (from + count) * width), count);
    });
  }

  return {
    async explain(rows, rowCount, deadlineMs, tenant = 'default') {
      if (closed) return undefined;
      const parts: Promise<readonly PromiseSettledResult<Explanation | FoundExplanation>[]>[] =
        rowCount === 1 ? [Promise.allSettled([cache.explain(rows.slice(0, width), tenant)])] : settleInParts(rows, rowCount);
      const settled = (await within(Promise.all(parts), deadlineMs))?.flat();
      if (settled?.some((one) => one.status === 'rejected' && isBusy(one.reason))) return undefined;
      return settled?.map((one) => (one.status === 'fulfilled' ? { from: 'miss', ...one.value } : undefined));
    },
    purge: () => cache.purge(),
    close() {
      closed = true;
      return pool.close();
    },
  };
}
