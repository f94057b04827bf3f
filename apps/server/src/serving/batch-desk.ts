import { createReadStream, statSync } from 'node:fs';
import type { BatchJob, BatchJobQuery, BatchJobsAnswer } from '@tillcast/api/batch-jobs';
import type { PredictBatchAnswer } from '@tillcast/api/predict';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import { HttpRefusal } from '../http/problem.ts';
import type { BatchJobs, BatchOutput } from '../http/routes/batch-jobs.ts';
import { type BatchErasure, openBatchErasure } from '../jobs/batch-erasure.ts';
import { openBatchRunner } from '../jobs/batch-runner.ts';
import { type BatchStore, type JobRecord, type JobSource, openBatchStore } from '../jobs/batch-store.ts';

/** Where jobs and their inputs lie. */
export interface BatchFolders {
  readonly folder: string;
  readonly inbox: string;
}

/** What batch jobs stand on. */
export interface BatchDeskParts {
  /** Undefined where the service has no data directory: then there are no jobs. */
  readonly folders: BatchFolders | undefined;
  readonly registry: ModelRegistry;
  readonly ask: (requests: readonly unknown[]) => Promise<PredictBatchAnswer>;
  readonly now: () => number;
  readonly onTrouble: (error: unknown, what: string) => void;
  readonly everyMs?: number;
}

/** Jobs that wait or run at most. */
const maxUnfinished = 100;
const listed = 1_000;

const mediaTypes = { parquet: 'application/vnd.apache.parquet', csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson' };

const noFolders = (): never => {
  throw new TillcastError('STORE_UNAVAILABLE', 'this service has no data directory, and so no batch jobs');
};

function onWire(
  { schema: _schema, input: _input, digest: _digest, attempts: _attempts, ...job }: JobRecord,
  store: BatchStore,
): BatchJob {
  const isEnding = job.finished_at === null && store.isCancelled(job.id);
  return isEnding ? { ...job, state: 'cancelling' } : job;
}

function outputOf(record: JobRecord, store: BatchStore): BatchOutput {
  if (record.state !== 'done')
    throw new TillcastError('JOB_NOT_DONE', `the batch job is ${record.state}; its output is there once it is done`);
  const { out } = store.paths(record);
  const { size } = statSync(out);
  return { stream: createReadStream(out), size, type: mediaTypes[record.output], name: `${record.id}.${record.output}` };
}

/** Batch jobs as routes see them, and what they hold of people. */
export interface BatchDesk extends BatchJobs {
  readonly people: BatchErasure;
  close(): Promise<void>;
}

const nobody: BatchErasure = { find: async () => [], erase: async () => 0 };

/** Opens the jobs of a data directory, and goes on with those that were cut off. */
export function openBatchDesk(parts: BatchDeskParts): BatchDesk {
  const { folders, registry, now, ask, onTrouble } = parts;
  if (folders === undefined)
    return {
      ...{ create: noFolders, list: noFolders, find: noFolders, cancel: noFolders, output: noFolders },
      people: nobody,
      close: async () => {},
    };
  const store = openBatchStore(folders);
  const every = parts.everyMs === undefined ? {} : { everyMs: parts.everyMs };
  const runner = openBatchRunner({ store, folders, registry, ask, onTrouble, ...every });

  async function versionFor(target: 'item' | 'session', rows: 'features' | 'requests'): Promise<string | null> {
    if (rows === 'requests') return null;
    const version = await registry.resolve(target, 'champion');
    if (version !== undefined) return version;
    throw new TillcastError('MODEL_NOT_FOUND', `the target "${target}" has no champion: promote a model first`);
  }

  return {
    async create(source: JobSource, query: BatchJobQuery, key: string | undefined) {
      const unfinished = store.list().filter(({ finished_at }) => finished_at === null).length;
      if (unfinished >= maxUnfinished)
        throw new HttpRefusal('OVERLOADED', `${unfinished} batch jobs wait already; try again when some have ended`, {
          headers: { 'retry-after': '60' },
        });
      const { target = 'item', rows = 'features', output = 'parquet', id_column = 'id' } = query;
      const model_version = await versionFor(target, rows);
      const record = await store.create(source, { target, rows, output, id_column, model_version }, { nowMs: now(), key });
      runner.wake();
      return onWire(record, store);
    },
    list(): BatchJobsAnswer {
      const newest = store.list().reverse().slice(0, listed);
      return { jobs: newest.map((record) => onWire(record, store)) };
    },
    find: (id) => onWire(store.find(id), store),
    cancel(id) {
      if (store.find(id).finished_at === null) store.cancel(id);
      runner.wake();
      return onWire(store.find(id), store);
    },
    output: (id) => outputOf(store.find(id), store),
    people: openBatchErasure(store, runner.wake),
    close: runner.close,
  };
}
