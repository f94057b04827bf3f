import type { WorkEach } from './row-by-row.ts';

/** Gathers rows that are asked for one by one, so that they are worked on together. */
export interface MicroBatch<T> {
  /** The answer of one row. */
  ask(row: Float32Array): Promise<T>;
}

export interface MicroBatchSettings {
  /** Rows that go together at most. */
  readonly size: number;
  /** How long a row waits for others at most, ms. */
  readonly waitMs: number;
  /** Batches that are worked on at the same time; while fewer are, a row does not wait at all. */
  readonly workers: number;
}

interface Waiting<T> {
  readonly row: Float32Array;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Opens a gatherer over `work`, which settles each of the rows that were gathered. */
export function openMicroBatch<T>(work: WorkEach<T>, { size, waitMs, workers }: MicroBatchSettings): MicroBatch<T> {
  const waiting: Waiting<T>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running = 0;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting.splice(0, size);
    if (batch.length === 0) return;
    running++;
    const width = batch[0]!.row.length;
    const rows = new Float32Array(batch.length * width);
    for (const [index, { row }] of batch.entries()) rows.set(row, index * width);
    work(rows, batch.length)
      .then(
        (answers) => {
          for (const [index, { resolve, reject }] of batch.entries()) {
            const answer = answers[index]!;
            if (answer.status === 'fulfilled') resolve(answer.value);
            else reject(answer.reason);
          }
        },
        (error: unknown) => {
          for (const { reject } of batch) reject(error);
        },
      )
      .finally(() => {
        running--;
        if (waiting.length > 0) send();
      });
  }

  return {
    ask: (row) =>
      new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject });
        if (running < workers || waiting.length >= size) send();
        else timer ??= setTimeout(send, waitMs);
      }),
  };
}
