import { Worker } from 'node:worker_threads';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import { closedError } from '../prediction-log/closed.ts';
import { storedLines } from './prediction-lines.ts';
import { sqlitePredictionLog } from './prediction-log.ts';

/** What changes the file, and so what may wait for a disk. */
export const writes = ['appendStored', 'addOutcomes', 'decide', 'erase', 'prune'] as const;
type Write = (typeof writes)[number];

/** A call as it goes to the thread. */
export interface WriteCall {
  readonly id: number;
  readonly method: Write;
  readonly args: readonly unknown[];
}

/** What comes back; `problem` = it failed, the store being at fault. */
export interface WriteReply {
  readonly id: number;
  readonly value?: unknown;
  readonly problem?: string;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const unavailable = (problem: string): TillcastError => new TillcastError('STORE_UNAVAILABLE', problem);

/**
 * The same log with everything that writes on a thread of its own: neither inserting nor a checkpoint's sync holds up the event loop. Reads stay
 * here, on a second connection, and see what was written once its call has resolved. A thread that ended is started again by the next call.
 */
export function threadedPredictionLog(file: string): PredictionLog {
  // Opened first: it brings the schema forward, and what is wrong with the file is said at once.
  const here = sqlitePredictionLog(file);
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let calls = 0;
  let closed = false;

  function settle({ id, value, problem }: WriteReply): void {
    const waiting = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) worker?.unref();
    if (problem === undefined) waiting?.resolve(value);
    else waiting?.reject(unavailable(problem));
  }

  function end(problem: string): void {
    worker = undefined;
    for (const { reject } of pending.values()) reject(unavailable(problem));
    pending.clear();
  }

  function start(): Worker {
    const started = new Worker(new URL('./prediction-write-thread.ts', import.meta.url), { workerData: file });
    started.on('message', settle);
    started.on('error', (error) => end(`the thread of the prediction log ended: ${error.message}`));
    started.on('exit', () => worker === started && end('the thread of the prediction log ended'));
    return started;
  }

  function call(method: Write, args: readonly unknown[], handedOver: readonly ArrayBuffer[] = []): Promise<never> {
    if (closed) return Promise.reject(closedError());
    worker ??= start();
    // A thread nobody waits for does not keep the process alive.
    worker.ref();
    const id = calls++;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker!.postMessage({ id, method, args } satisfies WriteCall, handedOver);
    });
  }

  return {
    ...here,
    // Made into bytes here: to copy records of thirty fields over to the thread costs more than that.
    append(records) {
      const stored = storedLines(records);
      return call('appendStored', [stored], [stored.bytes.buffer]);
    },
    addOutcomes: (outcomes, refundWindowMs) => call('addOutcomes', [outcomes, refundWindowMs]),
    decide: (decisions) => call('decide', [decisions]),
    erase: (tenant, shopper) => call('erase', [tenant, shopper]),
    prune: (askedBeforeMs, limit) => call('prune', [askedBeforeMs, limit]),
    async close() {
      if (closed) return;
      closed = true;
      const ending = worker;
      if (ending !== undefined) {
        ending.ref();
        const gone = new Promise((resolve) => ending.once('exit', resolve));
        ending.postMessage('close');
        await gone;
      }
      await here.close();
    },
  };
}
