import { createHash, randomUUID } from 'node:crypto';
import {
  constants,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchJob } from '@tillcast/api/batch-jobs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { syncDirectory, syncFile } from '../durable.ts';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';

/** A job as it is kept; `digest` is that of what was asked for, so that one key never means two things. */
export interface JobRecord extends Omit<BatchJob, 'state'> {
  readonly schema: 1;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** The input's name in the job's folder. */
  readonly input: string;
  readonly digest: string;
  /** How often it was begun. */
  readonly attempts: number;
}

/** What a job is asked to do. */
export type JobOptions = Pick<BatchJob, 'target' | 'rows' | 'output' | 'id_column' | 'model_version'>;

/** Where the rows come from: bytes as they arrive (JSON lines), or a file of the inbox. */
export type JobSource = { readonly lines: AsyncIterable<Buffer> } | { readonly inbox: string };

/** Jobs as folders of a data directory: record, input, spool and output lie together, under an id of ours. */
export interface BatchStore {
  /** Takes the input in, durably, and then the job; the same key with the same request is the job that is there. */
  create(
    source: JobSource,
    options: JobOptions,
    at: { readonly nowMs: number; readonly key: string | undefined },
  ): Promise<JobRecord>;
  /** Raises JOB_NOT_FOUND. */
  find(id: string): JobRecord;
  /** Oldest first. */
  list(): JobRecord[];
  save(record: JobRecord): void;
  /** Leaves word that nobody wants it any more. */
  cancel(id: string): void;
  isCancelled(id: string): boolean;
  /** Takes a job's rows and scores away, because somebody in them was erased; one under way is ended, and cleared by `clear`. */
  erase(id: string): void;
  /** Clears the jobs that have ended since they were to be erased. */
  clear(): void;
  /** Beside what the work on a job lies. */
  paths(record: JobRecord): { readonly input: string; readonly out: string; readonly prefix: string };
  /** Removes finished jobs that ended before a moment, and what broken-off uploads left behind. */
  sweep(endedBeforeMs: number, nowMs: number): void;
}

const idForm = /^[A-Za-z0-9-]{1,64}$/;
const inboxForm = /^[A-Za-z0-9_-]{1,64}$/;
const incoming = '.incoming-';
const abandonedAfterMs = 3_600_000;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The file of an inbox that an id means: a plain file of exactly that name before its endings, found by looking, never by a path. */
function inboxFile(inbox: string, id: string): string {
  const names = existsSync(inbox) ? readdirSync(inbox).filter((name) => name.split('.')[0] === id) : [];
  const files = inboxForm.test(id) ? names.filter((name) => lstatSync(join(inbox, name)).isFile()) : [];
  if (files.length === 1) return files[0]!;
  const detail =
    files.length === 0
      ? `there is no file "${id.slice(0, 64)}" in the inbox: put one there, named by letters, digits, - and _ and its ending`
      : `the inbox has ${files.length} files "${id}": ${files.join(', ')}; leave one`;
  throw new TillcastError('INPUT_INVALID', detail);
}

async function writeLines(lines: AsyncIterable<Buffer>, file: string): Promise<string> {
  const hash = createHash('sha256');
  const target = await open(file, 'wx', 0o600);
  try {
    for await (const chunk of lines) {
      hash.update(chunk);
      await target.write(chunk);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return hash.digest('hex');
}

async function copyIn(from: string, to: string): Promise<string> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  syncFile(to);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(to)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const newJob = (id: string, input: string, digest: string, options: JobOptions, nowMs: number): JobRecord => ({
  ...{ schema: 1, id, state: 'queued', input, digest, ...options, attempts: 0 },
  ...{ created_at: new Date(nowMs).toISOString(), started_at: null, finished_at: null },
  ...{ progress: { rows: 0, scored: 0, share: 0 }, problem: null },
});

/** Opens the jobs of a folder, and the inbox beside it. */
export function openBatchStore({ folder, inbox }: { readonly folder: string; readonly inbox: string }): BatchStore {
  for (const one of [folder, inbox]) mkdirSync(one, { recursive: true, mode: 0o700 });
  const recordFile = (id: string): string => join(folder, id, 'job.json');
  const cancelFile = (id: string): string => join(folder, id, 'cancel');
  const eraseFile = (id: string): string => join(folder, id, 'erase');
  const ids = (): string[] => readdirSync(folder).filter((name) => idForm.test(name) && existsSync(recordFile(name)));
  const read = (id: string): JobRecord => JSON.parse(readFileSync(recordFile(id), 'utf8')) as JobRecord;

  function find(id: string): JobRecord {
    if (idForm.test(id) && existsSync(recordFile(id))) return read(id);
    throw new TillcastError('JOB_NOT_FOUND', `there is no batch job "${id.slice(0, 64)}"; finished ones are kept for a week`);
  }

  function save(record: JobRecord): void {
    const file = recordFile(record.id);
    const temporary = temporaryFor(file);
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600, flush: true });
    renameDurably(temporary, file);
  }

  /** Leaves nothing of an ended job but its record. The mark goes last: cut off, it is done again. */
  function strip(record: JobRecord): void {
    const problem = { code: 'SUBJECT_ERASED', detail: 'somebody in its rows was erased: send it again without them' };
    save({ ...record, state: 'failed', problem });
    const names = readdirSync(join(folder, record.id)).filter((name) => name !== 'job.json' && name !== 'erase');
    for (const name of [...names, 'erase']) rmSync(join(folder, record.id, name), { recursive: true, force: true });
    syncDirectory(join(folder, record.id));
  }

  function clear(): void {
    for (const id of ids().filter((one) => existsSync(eraseFile(one)))) {
      const record = read(id);
      if (record.finished_at !== null) strip(record);
    }
  }

  function known(id: string, digest: string): JobRecord | undefined {
    if (!existsSync(recordFile(id))) return undefined;
    const record = read(id);
    if (record.digest === digest) return record;
    throw new TillcastError('KEY_CONFLICT', 'this Idempotency-Key was used for another batch job: give each its own key');
  }

  return {
    async create(source, options, { nowMs, key }) {
      const id = key === undefined ? randomUUID() : `key-${sha256(key).slice(0, 40)}`;
      const staging = join(folder, `${incoming}${randomUUID()}`);
      const name = 'lines' in source ? 'rows.jsonl' : inboxFile(inbox, source.inbox);
      const input = 'lines' in source ? name : `rows${name.slice(name.indexOf('.'))}`;
      mkdirSync(staging, { mode: 0o700 });
      try {
        const file = join(staging, input);
        const content = await ('lines' in source ? writeLines(source.lines, file) : copyIn(join(inbox, name), file));
        const digest = sha256(JSON.stringify([content, input, options.target, options.rows, options.output, options.id_column]));
        const found = known(id, digest);
        if (found !== undefined) return found;
        const record = newJob(id, input, digest, options, nowMs);
        writeFileSync(join(staging, 'job.json'), JSON.stringify(record), { mode: 0o600, flush: true });
        syncDirectory(staging);
        try {
          // A folder with something in it is not replaced: of two that come with one key, one is first.
          renameSync(staging, join(folder, id));
        } catch (error) {
          const first = known(id, digest);
          if (first !== undefined) return first;
          throw error;
        }
        syncDirectory(folder);
        return record;
      } finally {
        rmSync(staging, { recursive: true, force: true });
      }
    },
    find,
    list: () =>
      ids()
        .map(read)
        .sort((a, b) => (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : 0)),
    save,
    clear,
    erase(id) {
      for (const file of [eraseFile(find(id).id), cancelFile(id)]) writeFileSync(file, '', { mode: 0o600, flush: true });
      syncDirectory(join(folder, id));
      clear();
    },
    cancel(id) {
      writeFileSync(cancelFile(find(id).id), '', { mode: 0o600, flush: true });
    },
    isCancelled: (id) => existsSync(cancelFile(id)),
    paths: ({ id, input, output }) => ({
      input: join(folder, id, input),
      out: join(folder, id, `output.${output}`),
      prefix: join(folder, id, 'work'),
    }),
    sweep(endedBeforeMs, nowMs) {
      for (const record of ids().map(read))
        if (record.finished_at !== null && Date.parse(record.finished_at) < endedBeforeMs)
          rmSync(join(folder, record.id), { recursive: true, force: true });
      for (const name of readdirSync(folder).filter((one) => one.startsWith(incoming)))
        if (nowMs - statSync(join(folder, name)).mtimeMs > abandonedAfterMs)
          rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}
