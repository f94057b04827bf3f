import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Task } from '../serve-tasks.ts';
import type { Settings } from '../settings.ts';
import type { Backend } from './backends.ts';
import {
  DONE,
  END,
  EXPLAIN,
  JOB,
  KIND,
  type Kind,
  NEXT,
  SCORE,
  type SharedWork,
  scratchFor,
  shareWork,
  WORDS,
} from './share-work.ts';
import type { ThreadData } from './thread.ts';
import { inBatches, type MemberEngine, withBase } from './trees-tasks.ts';

/** Soft voting and contributions by this thread and `threads − 1` more, over shared memory. */
export async function allCoresTasks(
  members: readonly MemberEngine[],
  backend: Backend,
  rows: Float32Array<SharedArrayBuffer>,
  width: number,
  settings: Settings,
): Promise<Record<string, Task>> {
  const { batchRows, manyRows, threads } = settings;
  const work: SharedWork = {
    control: new Int32Array(new SharedArrayBuffer(4 * WORDS)),
    rows,
    width,
    votes: new Float64Array(new SharedArrayBuffer(8 * batchRows)),
    contributions: new Float64Array(new SharedArrayBuffer(8 * members.length * manyRows * width)),
    from: new Int32Array(new SharedArrayBuffer(4)),
  };
  const helpers = threads - 1;
  await Promise.all(Array.from({ length: helpers }, () => startThread({ models: settings.models, backend, work })));
  const run = jobRunner(work, members, helpers);
  const ofMember = (m: number) => work.contributions.subarray(m * manyRows * width, (m + 1) * manyRows * width);
  const vote = (row: number): Float64Array => {
    run(SCORE, row, batchRows);
    return work.votes;
  };
  const explain = (row: number): Float64Array => {
    run(EXPLAIN, row, manyRows);
    return work.contributions;
  };
  return {
    score_all_cores: {
      rowsACall: batchRows,
      call: (row) => vote(row)[0]!,
      answers: () => [inBatches(settings.scoreAnswers, batchRows, 1, vote)],
    },
    shap_all_cores: {
      rowsACall: manyRows,
      call: (row) => explain(row)[0]!,
      answers: () =>
        members.map(({ engine }, m) =>
          inBatches(settings.shapAnswers, manyRows, width + 1, (row) => {
            explain(row);
            return withBase(ofMember(m), engine.explain(rows, new Float64Array(width), row * width, 0), width);
          }),
        ),
    },
  };
}

function startThread(data: ThreadData): Promise<void> {
  const thread = new Worker(join(import.meta.dirname, 'thread.ts'), { workerData: data });
  thread.unref();
  return new Promise((resolve, reject) => {
    thread.once('message', () => resolve());
    thread.once('error', reject);
  });
}

/** Hands a job out, helps with it and waits until every thread is done. */
function jobRunner(work: SharedWork, members: readonly MemberEngine[], helpers: number) {
  const { control } = work;
  const scratch = scratchFor(work.width);
  return (kind: Kind, from: number, rowCount: number): void => {
    work.from[0] = from;
    Atomics.store(control, DONE, 0);
    Atomics.store(control, KIND, kind);
    Atomics.store(control, END, from + rowCount);
    Atomics.store(control, NEXT, from);
    Atomics.add(control, JOB, 1);
    Atomics.notify(control, JOB);
    shareWork(work, members, scratch);
    for (let done = Atomics.load(control, DONE); done < helpers; done = Atomics.load(control, DONE))
      Atomics.wait(control, DONE, done);
  };
}
