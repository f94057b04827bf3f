import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Ensemble } from '@tillcast/core/scoring/ensemble';
import { inspect } from '../importing/files/open-bytes.ts';
import { openBatchInput } from './batch-input.ts';
import { type Lease, renewEveryMs, takeLease } from './batch-lease.ts';
import { type BatchFormat, spoolHead } from './batch-output.ts';
import { type BatchProgress, runBatch } from './batch-run.ts';
import {
  type AskBatch,
  openFeatureScorer,
  openQuestionScorer,
  questionColumns,
  type ScoreBatch,
  type ScoreFeatures,
} from './batch-scorer.ts';
import { openSpool, removeLitter } from './batch-spool.ts';

/** What the rows of an input are. */
export type RowKind = 'features' | 'requests';

/** What scores the rows of a file: a model for features, or the service for questions. */
export type FileScorer =
  | { readonly kind: 'features'; readonly ensemble: Ensemble; readonly version: string; readonly score: ScoreFeatures }
  | { readonly kind: 'requests'; readonly version: string; readonly ask: AskBatch };

/** A file to score. */
export interface ScoreFileTask {
  readonly input: string;
  readonly out: string;
  readonly format: BatchFormat;
  readonly target: string;
  readonly scorer: FileScorer;
  readonly idColumn: string;
  /** Beside what the work lies: its lease and its spool; default `out`. */
  readonly prefix?: string;
  readonly blocksUnderWay?: number;
  readonly rowsPerBlock?: number;
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Asked with each block: true = to be broken off, which raises CANCELLED. */
  readonly isStopped?: () => boolean;
  /** Held by the caller; default: one is taken for the time of the work. */
  readonly lease?: Lease;
}

const tables: ReadonlySet<string> = new Set(['.csv', '.tsv', '.parquet']);

/** What must be the same for a spool to be gone on with. */
function identityOf({ input, format, target, scorer, idColumn }: ScoreFileTask): string {
  const { size, head, modifiedMs } = inspect(input);
  const parts = [size, modifiedMs, head.toString('base64'), format, target, scorer.kind, scorer.version, idColumn];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

const rowsPerQuestionBlock = 256;

/** Works under a lease of its own. */
async function underLease<T>(task: ScoreFileTask, work: (lease: Lease) => Promise<T>): Promise<T> {
  if (task.lease !== undefined) return work(task.lease);
  const lease = takeLease(task.prefix ?? task.out);
  if (lease === undefined) throw new TillcastError('CANCELLED', `another process is writing ${task.out}`);
  const heartbeat = setInterval(() => void lease.renew(), renewEveryMs).unref();
  try {
    return await work(lease);
  } finally {
    clearInterval(heartbeat);
    lease.release();
  }
}

const scorerFor = ({ scorer, target, idColumn }: ScoreFileTask, isTable: boolean): ScoreBatch =>
  scorer.kind === 'features'
    ? openFeatureScorer({ names: scorer.ensemble.featureNames, version: scorer.version, isTable }, scorer.score)
    : openQuestionScorer({ target, isTable, idColumn }, scorer.ask);

/**
 * Scores a file into another. What a former, broken-off run of the same has finished is not done again; the output appears whole or not at all.
 * CANCELLED while another process works at the same output.
 */
export async function scoreBatchFile(task: ScoreFileTask): Promise<BatchProgress & { readonly resumedAt: number }> {
  const { scorer, out, format, idColumn, prefix = out } = task;
  const identity = identityOf(task);
  mkdirSync(dirname(prefix), { recursive: true });
  const isTable = tables.has(extname(task.input.toLowerCase().replace(/\.gz$/, '')));
  const input = await openBatchInput(task.input, scorer.kind === 'features' ? scorer.ensemble.featureNames : questionColumns);
  return underLease(task, async (lease) => {
    const spool = openSpool(prefix, { generation: lease.generation, identity, head: spoolHead(format) });
    removeLitter(out);
    const resumedAt = spool.rows;
    const rowsPerBlock = task.rowsPerBlock ?? (scorer.kind === 'requests' ? rowsPerQuestionBlock : undefined);
    const progress = await runBatch({
      ...{ input, spool, score: scorerFor(task, isTable), format, out, idColumn, goOn: lease.renew },
      ...(rowsPerBlock === undefined ? {} : { rowsPerBlock }),
      ...(task.blocksUnderWay === undefined ? {} : { blocksUnderWay: task.blocksUnderWay }),
      ...(task.onProgress === undefined ? {} : { onProgress: task.onProgress }),
      ...(task.isStopped === undefined ? {} : { isStopped: task.isStopped }),
    });
    return { ...progress, resumedAt };
  });
}
