import { Worker } from 'node:worker_threads';
import type { PredictBatchAnswer } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { JobThreadAsk, JobThreadData } from './batch-job-worker.ts';
import type { BatchStore, JobRecord } from './batch-store.ts';

/** What works on the jobs of a store, one thread each, within a bound. */
export interface BatchRunner {
  /** Looks for work at once. */
  wake(): void;
  /** Stops at the next checkpoint; what is not finished is gone on with after the next start, here or elsewhere. */
  close(): Promise<void>;
}

export interface BatchRunnerParts {
  readonly store: BatchStore;
  readonly folders: JobThreadData['folders'];
  readonly registry: ModelRegistry;
  /** Answers questions with the features of this process. */
  readonly ask: (requests: readonly unknown[]) => Promise<PredictBatchAnswer>;
  readonly onTrouble: (error: unknown, what: string) => void;
  /** Jobs at the same time; default 1, which leaves the other core to answers. */
  readonly concurrency?: number;
  /** How often work is looked for that another process left; 0 = only when woken. */
  readonly everyMs?: number;
}

const retentionMs = 7 * 86_400_000;
const sweepEveryMs = 3_600_000;
/** How long a job that another process holds is left alone. */
const busyMs = 5_000;
/** How long a thread is waited for when the service ends. */
const stopWithinMs = 10_000;

interface Active {
  readonly worker: Worker;
  readonly stop: Int32Array;
  readonly ended: Promise<void>;
}

/** Opens the runner: unfinished jobs of the store are taken up, the oldest first. */
export function openBatchRunner(parts: BatchRunnerParts): BatchRunner {
  const { store, folders, registry, ask, onTrouble, concurrency = 1, everyMs = 5_000 } = parts;
  const active = new Map<string, Active>();
  const leftAlone = new Map<string, number>();
  let isClosed = false;
  let starting: Promise<void> | undefined;
  let sweptAtMs = Number.NEGATIVE_INFINITY;

  async function modelOf({ rows, target, model_version }: JobRecord): Promise<Pick<JobThreadData, 'ensemble' | 'problem'>> {
    if (rows === 'requests') return {};
    try {
      return { ensemble: (await registry.open(target, model_version!)).ensemble };
    } catch (error) {
      if (error instanceof TillcastError) return { problem: { code: error.code, detail: error.message } };
      throw error;
    }
  }

  async function start(record: JobRecord): Promise<void> {
    const { id } = record;
    const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const data: JobThreadData = { folders, id, stop: shared, ...(await modelOf(record)) };
    if (isClosed) return;
    const worker = new Worker(new URL('./batch-job-worker.ts', import.meta.url), { workerData: data, name: 'batch-job' });
    worker.on('error', (error) => onTrouble(error, 'the thread of a batch job ended; it is begun again'));
    worker.on('message', ({ requests }: JobThreadAsk) => {
      ask(requests).then(
        (answer) => worker.postMessage(answer),
        (error: unknown) => {
          onTrouble(error, 'the questions of a batch job could not be answered; it is begun again');
          void worker.terminate();
        },
      );
    });
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        active.delete(id);
        leftAlone.set(id, Date.now() + busyMs);
        resolve();
        if (!isClosed) wake();
      });
    });
    active.set(id, { worker, stop: new Int32Array(shared), ended });
  }

  async function startSome(): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - sweptAtMs > sweepEveryMs) {
      store.sweep(nowMs - retentionMs, nowMs);
      sweptAtMs = nowMs;
    }
    store.clear();
    for (const record of store.list()) {
      if (active.size >= concurrency || isClosed) return;
      if (record.finished_at !== null || active.has(record.id) || (leftAlone.get(record.id) ?? 0) > nowMs) continue;
      await start(record);
    }
  }

  function wake(): void {
    if (isClosed || starting !== undefined) return;
    starting = startSome()
      .catch((error: unknown) => onTrouble(error, 'batch jobs could not be looked through; it is tried again'))
      .finally(() => {
        starting = undefined;
      });
  }

  const timer = everyMs > 0 ? setInterval(wake, everyMs).unref() : undefined;
  wake();
  return {
    wake,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await starting;
      const all = [...active.values()];
      for (const { stop } of all) Atomics.store(stop, 0, 1);
      const late = setTimeout(() => {
        for (const { worker } of all) void worker.terminate();
      }, stopWithinMs);
      await Promise.all(all.map(({ ended }) => ended));
      clearTimeout(late);
    },
  };
}
