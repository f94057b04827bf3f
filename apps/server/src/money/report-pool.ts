import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { Piscina } from 'piscina';
import type { BookLine } from './book-here.ts';
import { packUnits } from './packed-units.ts';
import type { BookTask, PerformanceFound, PerformanceTask } from './report-worker.ts';

/** Works on reports on a thread of its own, so that predictions never wait for one. */
export interface ReportPool {
  measure(task: PerformanceTask): Promise<PerformanceFound>;
  readonly book: BookLine;
  close(): Promise<void>;
}

/** Reports under way or waiting, at most. */
const mostPending = 8;
/** The thread ends when nobody asked for so long. */
const idleMs = 60_000;

/** Opens it; the thread starts with the first report. */
export function openReportPool(): ReportPool {
  const pool = new Piscina({
    filename: new URL('./report-worker.ts', import.meta.url).href,
    ...{ minThreads: 0, maxThreads: 1, idleTimeout: idleMs },
    // Columns are allocated outside the heap; what is young there need not grow with them.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  // A task's own failure reaches who asked; without a listener a thread's would end the process.
  pool.on('error', () => {});
  let pending = 0;

  async function run<T>(name: string, task: unknown, transferList: ArrayBuffer[] = []): Promise<T> {
    if (pending >= mostPending)
      throw new TillcastError('STORE_UNAVAILABLE', `${pending} reports are being made already: ask again in a moment`);
    pending++;
    try {
      return (await pool.run(task, { name, transferList })) as T;
    } finally {
      pending--;
    }
  }

  return {
    measure: (task) => run('measure', task),
    book: (units, plan) => {
      const packed = packUnits(units);
      return run('book', { packed, plan } satisfies BookTask, [packed.buffer as ArrayBuffer]);
    },
    close: () => pool.close({ force: true }),
  };
}
