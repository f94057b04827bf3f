import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Bundle } from '@tillcast/core/scoring/bundle';
import { Piscina } from 'piscina';
import type { DeepAnswer, DeepTask, DeepWorkerData, WhatIfTask, WhatIfTaskAnswer } from './explain-deep-worker.ts';

/** Answers that take more than contributions, on a thread of their own, so that predictions never wait for them. */
export interface DeepPool {
  explain(task: DeepTask): Promise<DeepAnswer>;
  whatIf(task: WhatIfTask): Promise<WhatIfTaskAnswer>;
  close(): Promise<void>;
}

/** Who waits longer than this is refused. The work goes on all the same: the first question of a model pays for LIME's neighbourhoods, the next finds them. */
const deadlineMs = 12_000;
/** Questions under way or waiting, at most. */
const mostPending = 16;
/** One seed a model, so that the same question gets the same explanation. */
const seed = 'explain';

/** Opens the thread of one bundle. */
export function openDeepPool({
  ensemble,
  reference,
  backgrounds = {},
}: Pick<Bundle, 'ensemble' | 'reference' | 'backgrounds'>): DeepPool {
  const workerData: DeepWorkerData = { ensemble, reference, backgrounds, seed };
  const pool = new Piscina({
    filename: new URL('./explain-deep-worker.ts', import.meta.url).href,
    workerData,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  // A task's own failure reaches who asked; without a listener a thread's would end the process.
  pool.on('error', () => {});
  let closed = false;
  let pending = 0;

  async function run<T>(name: string, task: unknown): Promise<T> {
    if (closed) throw late('the model was replaced meanwhile');
    if (pending >= mostPending) throw late(`${pending} explanations are waiting already`);
    pending++;
    const work = (pool.run(task, { name }) as Promise<T>).finally(() => pending--);
    return within(work, deadlineMs).catch((error: unknown) => {
      throw refusalOf(error);
    });
  }

  return {
    explain: (task) => run('explainDeeply', task),
    whatIf: (task) => run('answerWhatIf', task),
    async close() {
      closed = true;
      await pool.close();
    },
  };
}

const late = (why: string): TillcastError => new TillcastError('EXPLANATION_LATE', `${why}: ask again in a moment`);

/** Refuses when the deadline passes first; what the work comes to then is nobody's. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(`the explanation took more than ${limitMs / 1_000} s`)), limitMs);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

/** A closed pool is late as well; an error of the worker arrives as a clone without its class, and keeps its code. */
function refusalOf(error: unknown): unknown {
  if (error instanceof TillcastError) return error;
  const { message = '', code } = error as { message?: string; code?: string };
  if (/closed|terminat/i.test(message)) return late('the model was replaced meanwhile');
  return code === 'INPUT_INVALID' ? new TillcastError('INPUT_INVALID', message, { cause: error }) : error;
}
