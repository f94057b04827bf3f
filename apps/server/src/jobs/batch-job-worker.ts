import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { PredictBatchAnswer } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { scoreRows } from '@tillcast/core/scoring/score-row';
import { type FileScorer, scoreBatchFile } from './batch-file.ts';
import { renewEveryMs, takeLease } from './batch-lease.ts';
import { type JobRecord, openBatchStore } from './batch-store.ts';

/** What a thread that works on a job is told. */
export interface JobThreadData {
  readonly folders: { readonly folder: string; readonly inbox: string };
  readonly id: string;
  /** Of the job's own version; absent for requests. */
  readonly ensemble?: Ensemble;
  /** Why the model cannot be had. */
  readonly problem?: { readonly code: string; readonly detail: string };
  /** One shared integer: not 0 = stop at the next chance, and leave the job to be gone on with. */
  readonly stop: SharedArrayBuffer;
}

/** What such a thread asks its starter: the answers to questions. */
export interface JobThreadAsk {
  readonly requests: readonly unknown[];
}

/** A job that is begun anew more often than this ends the process it is in, or its thread: it is given up. */
const maxAttempts = 8;

const { folders, id, ensemble, problem, stop } = workerData as JobThreadData;
const store = openBatchStore(folders);
const isStopped = (): boolean => Atomics.load(new Int32Array(stop), 0) !== 0;
const now = (): string => new Date().toISOString();

function ask(requests: readonly unknown[]): Promise<PredictBatchAnswer> {
  return new Promise((resolve) => {
    parentPort!.once('message', resolve);
    parentPort!.postMessage({ requests } satisfies JobThreadAsk);
  });
}

const scorerOf = (record: JobRecord): FileScorer =>
  record.rows === 'requests' || ensemble === undefined
    ? { kind: 'requests', version: '', ask }
    : {
        kind: 'features',
        ensemble,
        version: record.model_version!,
        score: async (rows, rowCount) => scoreRows(ensemble, rows, rowCount).logOdds,
      };

async function work(begun: JobRecord, lease: NonNullable<ReturnType<typeof takeLease>>): Promise<JobRecord> {
  let record = begun;
  const paths = store.paths(record);
  // Cut off between the output's appearance and the record of it.
  if (existsSync(paths.out)) return { ...record, state: 'done', progress: { ...record.progress, share: 1 } };
  if (problem !== undefined) return { ...record, state: 'failed', problem };
  if (record.attempts > maxAttempts)
    return {
      ...record,
      state: 'failed',
      problem: { code: 'INTERNAL', detail: `it was begun ${maxAttempts} times and never ended` },
    };
  const { rows, scored, share } = await scoreBatchFile({
    ...{ ...paths, format: record.output, target: record.target, scorer: scorerOf(record), idColumn: record.id_column, lease },
    isStopped: () => isStopped() || store.isCancelled(id),
    onProgress: (progress) => {
      record = { ...record, progress };
      store.save(record);
    },
  });
  return { ...record, state: 'done', progress: { rows, scored, share } };
}

/** Works on the job while this process holds its lease; the record says at every moment how far it is. */
async function runJob(): Promise<void> {
  const lease = takeLease(store.paths(store.find(id)).prefix);
  if (lease === undefined) return;
  const heartbeat = setInterval(() => void lease.renew(), renewEveryMs);
  try {
    const found = store.find(id);
    if (found.finished_at !== null) return;
    if (store.isCancelled(id)) return store.save({ ...found, state: 'cancelled', finished_at: now() });
    const record: JobRecord = { ...found, state: 'running', started_at: found.started_at ?? now(), attempts: found.attempts + 1 };
    store.save(record);
    try {
      const ended = await work(record, lease);
      store.save({ ...ended, finished_at: now() });
    } catch (error) {
      if (!lease.renew()) return;
      const latest = store.find(id);
      if (store.isCancelled(id)) store.save({ ...latest, state: 'cancelled', finished_at: now() });
      else if (isStopped()) store.save({ ...latest, attempts: latest.attempts - 1 });
      else store.save({ ...latest, state: 'failed', problem: problemOf(error), finished_at: now() });
    }
  } finally {
    clearInterval(heartbeat);
    lease.release();
  }
}

function problemOf(error: unknown): { code: string; detail: string } {
  if (error instanceof TillcastError) {
    // The folder is ours to know, not the caller's.
    const detail = error.message.replaceAll(folders.folder, '').replaceAll(`/${id}/`, '');
    return { code: error.code, detail };
  }
  return { code: 'INTERNAL', detail: 'unexpected; the log holds the cause' };
}

await runJob();
parentPort!.close();
