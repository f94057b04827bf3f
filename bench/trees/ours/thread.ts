import { parentPort, workerData } from 'node:worker_threads';
import type { Backend } from './backends.ts';
import { openMembers } from './open-members.ts';
import { DONE, JOB, type SharedWork, scratchFor, shareWork } from './share-work.ts';

/** What a thread is told when it starts. */
export interface ThreadData {
  readonly models: string;
  readonly backend: Backend;
  readonly work: SharedWork;
}

/** A thread of the all-cores tasks: opens engines of its own, then helps with every job; it ends with its process. */
function serve({ models, backend, work }: ThreadData): never {
  const members = openMembers(models, backend);
  const scratch = scratchFor(work.width);
  parentPort?.postMessage('ready');
  let seen = 0;
  for (;;) {
    Atomics.wait(work.control, JOB, seen);
    seen = Atomics.load(work.control, JOB);
    shareWork(work, members, scratch);
    Atomics.add(work.control, DONE, 1);
    Atomics.notify(work.control, DONE);
  }
}

serve(workerData as ThreadData);
