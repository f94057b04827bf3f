import { availableParallelism } from 'node:os';
import { maxBatch, type PredictBatchAnswer } from '@tillcast/api/predict';
import type { Problem } from '@tillcast/api/problem';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { Command } from 'commander';
import { openModelRegistry } from '../compose.ts';
import { type FileScorer, scoreBatchFile } from '../jobs/batch-file.ts';
import { formatOf } from '../jobs/batch-output.ts';
import { openBatchScorePool } from '../jobs/batch-score-pool.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { openOffline } from './open-offline.ts';
import { bar, openProgress, printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';

interface Flags {
  readonly out: string;
  readonly target: string;
  readonly model: string;
  readonly requests?: boolean;
  readonly idColumn: string;
  readonly threads?: string;
  readonly data: string;
  readonly json?: boolean;
}

/** A scorer with what must be closed after it. */
interface OpenScorer {
  readonly scorer: FileScorer;
  close(): Promise<void>;
}

function parseTarget(value: string): Target {
  if (value === 'item' || value === 'session') return value;
  throw new TillcastError('OPTION_INVALID', `--target is ${JSON.stringify(value)}; it must be item or session`);
}

async function openModelScorer(dir: DataDir, target: Target, model: string, threads: number): Promise<OpenScorer> {
  const { ensemble, manifest } = await openModelRegistry(dir).open(target, model);
  const pool = openBatchScorePool(ensemble, threads);
  return { scorer: { kind: 'features', ensemble, version: manifest.version, score: pool.score }, close: pool.close };
}

/** Questions are answered by the service itself, filled from the event log, as a server would answer them; nothing is written. */
async function openServiceScorer(dir: DataDir, onReplay: (done: number, of: number) => void): Promise<OpenScorer> {
  const { app, champions, close } = await openOffline(dir, { onReplay });
  const version = [champions.of('item'), champions.of('session')].map((model) => model?.bundle.manifest.version).join(' ');
  const ask = async (requests: readonly unknown[]): Promise<PredictBatchAnswer> => {
    const answer = await app.inject({ method: 'POST', url: '/v1/predict/batch', payload: { requests } });
    if (answer.statusCode === 200) return answer.json<PredictBatchAnswer>();
    throw new TillcastError('INPUT_INVALID', answer.json<Problem>().detail);
  };
  return { scorer: { kind: 'requests', version, ask }, close };
}

async function score(input: string, flags: Flags): Promise<void> {
  const dir = openDataDir(flags.data);
  const target = parseTarget(flags.target);
  const format = formatOf(flags.out);
  const threads = flags.threads === undefined ? availableParallelism() : parseCount('--threads', flags.threads, 1, 256);
  if (flags.requests === true && flags.model !== 'champion')
    throw new TillcastError('OPTION_INVALID', '--model does not go with --requests: questions are answered by the champion');
  const progress = openProgress();
  const { scorer, close } =
    flags.requests === true
      ? await openServiceScorer(dir, (done, of) => progress.update(`replaying events: ${done} of ${of}`))
      : await openModelScorer(dir, target, flags.model, threads);
  try {
    const done = await scoreBatchFile({
      ...{ input, out: flags.out, format, target, scorer, idColumn: flags.idColumn },
      blocksUnderWay: scorer.kind === 'requests' || threads === 1 ? 1 : 2 * threads,
      onProgress: ({ rows, share }) => progress.update(`${bar(share)} ${rows.toLocaleString('en')} rows`),
    });
    progress.close();
    const { rows, scored, resumedAt } = done;
    const summary = {
      rows,
      scored,
      refused: rows - scored,
      resumed_at: resumedAt,
      out: flags.out,
      model_version: scorer.version,
    };
    if (flags.json === true) printJson(summary);
    else say(`${rows} rows scored into ${flags.out}${rows > scored ? `; ${rows - scored} of them have a problem instead` : ''}`);
  } finally {
    progress.close();
    await close();
  }
}

/** `tillcast score`: one score for each row of a file. */
export const registerScore = (program: Command): void =>
  void program
    .command('score')
    .description(
      'Score the rows of a file: one row out for each row in. Run again after it was cut off, it goes on where it was.',
    )
    .argument('<in>', 'CSV, TSV, JSON lines (each also gzip) or Parquet; columns = the model’s features, empty or null = missing')
    .requiredOption('--out <file>', 'file to write: .parquet, .csv or .jsonl')
    .option('--target <name>', 'item or session', 'item')
    .option('--model <name>', 'a version, or an alias', 'champion')
    .option('--requests', `rows are questions of POST /v1/predict, answered from the event log (at most ${maxBatch} at a time)`)
    .option('--id-column <name>', 'column with your name of a row; it comes back as id', 'id')
    .option('--threads <n>', 'threads that score, at most (default: one a core); the scores do not depend on it')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print what was done as one line of JSON')
    .action(score);
