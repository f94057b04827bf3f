import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { own } from '@tillcast/core/events/read-field';
import type { BatchInput, BatchRow } from './batch-input.ts';
import { type BatchFormat, publishOutput, spoolLine } from './batch-output.ts';
import type { BatchAnswer, ScoreBatch } from './batch-scorer.ts';
import type { Spool } from './batch-spool.ts';

/** How far a batch is. */
export interface BatchProgress {
  readonly rows: number;
  readonly scored: number;
  /** Of the input, 0 to 1. */
  readonly share: number;
}

/** What a batch is run with. */
export interface BatchRun {
  readonly input: BatchInput;
  readonly spool: Spool;
  readonly score: ScoreBatch;
  readonly format: BatchFormat;
  readonly out: string;
  /** The column with the caller's name of a row. */
  readonly idColumn: string;
  /** Blocks that are scored at the same time. */
  readonly blocksUnderWay?: number;
  readonly rowsPerBlock?: number;
  /** Asked with each checkpoint; false = another has taken over. */
  readonly goOn?: () => boolean;
  /** Asked with each block: true = to be broken off. */
  readonly isStopped?: () => boolean;
  readonly onProgress?: (progress: BatchProgress) => void;
}

const stopped = (): TillcastError => new TillcastError('CANCELLED', 'the batch was stopped');

const defaultRowsPerBlock = 2_048;
/** Blocks between checkpoints: some ten thousand rows, worth the two fsyncs. */
const blocksPerCheckpoint = 8;

interface Block {
  readonly rows: readonly BatchRow[];
  readonly answers: Promise<readonly BatchAnswer[]>;
}

const idOf = (row: BatchRow, idColumn: string): string | null => {
  const id = 'fields' in row ? own(row.fields, idColumn) : undefined;
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? String(id) : null;
};

/** The rows that are not in the spool yet, in blocks. */
async function* blocksOf(input: BatchInput, done: number, rowsPerBlock: number): AsyncGenerator<readonly BatchRow[]> {
  let skip = done;
  let block: BatchRow[] = [];
  for await (const rows of input.rows()) {
    const fresh = rows.slice(Math.min(skip, rows.length));
    skip -= rows.length - fresh.length;
    for (let at = 0; at < fresh.length; ) {
      const taken = fresh.slice(at, at + rowsPerBlock - block.length);
      block.push(...taken);
      at += taken.length;
      if (block.length < rowsPerBlock) continue;
      yield block;
      block = [];
    }
  }
  if (skip > 0)
    throw new TillcastError('INPUT_INVALID', `the input has ${skip} rows fewer than were scored of it: it was changed`);
  if (block.length > 0) yield block;
}

/**
 * Scores every row of an input that the spool does not have yet, in order, and makes the spool the output: one row out for each row in, whatever became
 * of it. Cut off at any point and run again with the same spool, it ends with the same bytes.
 */
export async function runBatch(run: BatchRun): Promise<BatchProgress> {
  const { input, spool, score, format, out, idColumn, blocksUnderWay = 1, onProgress = () => {} } = run;
  const { goOn = () => true, isStopped = () => false } = run;
  const underWay: Block[] = [];
  let sinceCheckpoint = 0;

  function keepOn(): void {
    if (!goOn()) throw stopped();
  }

  async function receive(): Promise<void> {
    if (isStopped()) throw stopped();
    const { rows, answers } = underWay.shift()!;
    const given = await answers;
    const first = spool.rows;
    const lines = rows.map((row, index) =>
      spoolLine({ row: first + index, id: idOf(row, idColumn), answer: given[index]! }, format),
    );
    spool.write(lines.join(''), rows.length, given.filter((answer) => !('problem' in answer)).length);
    if (++sinceCheckpoint < blocksPerCheckpoint) return;
    sinceCheckpoint = 0;
    keepOn();
    spool.checkpoint();
    onProgress({ rows: spool.rows, scored: spool.scored, share: input.share() });
  }

  try {
    for await (const rows of blocksOf(input, spool.rows, run.rowsPerBlock ?? defaultRowsPerBlock)) {
      const answers = score(rows);
      // It is awaited in the order of the rows; until then its failure is nobody's.
      answers.catch(() => {});
      underWay.push({ rows, answers });
      if (underWay.length >= blocksUnderWay) await receive();
    }
    while (underWay.length > 0) await receive();
    keepOn();
    spool.finish();
    const done = { rows: spool.rows, scored: spool.scored, share: 1 };
    await publishOutput(spool.file, out, format);
    spool.discard();
    onProgress(done);
    return done;
  } finally {
    spool.close();
  }
}
