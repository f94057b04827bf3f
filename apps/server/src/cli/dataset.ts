import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseInstant } from '@tillcast/core/events/parse-time';
import { formatDuration, parseDuration } from '@tillcast/core/learning/duration';
import type { Command } from 'commander';
import { openPredictionLog } from '../compose.ts';
import { readShopSettings } from '../config.ts';
import { buildDataset, type DatasetOptions, type DatasetSummary } from '../jobs/build-dataset.ts';
import { buildServedDataset } from '../jobs/build-served-dataset.ts';
import { openFilledLog } from '../jobs/open-filled-log.ts';
import { openDataDir } from './data-dir.ts';
import { openProgress, printJson, say } from './output.ts';
import { parseCount, parseTarget } from './train-flags.ts';

interface Flags {
  readonly from: string;
  readonly out: string;
  readonly target: string;
  readonly horizon: string;
  readonly until?: string;
  readonly refundWindow: string;
  readonly timezone?: string;
  readonly seed: string;
  readonly data: string;
  readonly json?: boolean;
}

/** `tillcast dataset`: replays the stored events into a training table. */
export function registerDataset(program: Command): void {
  program
    .command('dataset')
    .description('Replay the stored events into a training table (Parquet), leak-free, with labels and splits.')
    .requiredOption('--out <file>', 'where the table goes, such as rows.parquet')
    .option('--from <source>', 'events: replay them; predictions: the rows that were served, with their labels', 'events')
    .option('--target <target>', 'what is predicted: item or session', 'item')
    .option('--horizon <duration>', 'within which the shopper buys', 'PT24H')
    .option('--until <instant>', "the data's end, RFC 3339 (default: when the last event became known)")
    .option('--refund-window <duration>', 'within which a return undoes a purchase', 'P14D')
    .option('--timezone <name>', "the shop's time zone, an IANA name (default: shop.timezone of tillcast.yaml, else UTC)")
    .option('--seed <number>', 'decides the folds', '0')
    .option('--data <dir>', 'the data directory', '.tillcast')
    .option('--json', 'print the summary as one line of JSON')
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const options = parseFlags(flags);
  const source = openSource(flags);
  const progress = openProgress();
  try {
    const onProgress = (done: number): void => progress.update(`${done.toLocaleString('en')} ${source.what}`);
    const summary = await source.build({ ...options, onProgress });
    progress.close();
    if (flags.json === true) printJson(summary);
    else say(describe(summary));
    if (flags.json === true) for (const warning of summary.warnings) say(`warning: ${warning}`);
  } finally {
    progress.close();
    await source.close();
  }
}

/** Where the rows come from. */
function openSource({ from, data }: Flags) {
  const dir = openDataDir(data);
  if (from === 'events') {
    const log = openFilledLog(dir, readShopSettings());
    return { what: 'events replayed', build: (options: DatasetOptions) => buildDataset(log, options), close: () => log.close() };
  }
  if (from === 'predictions') {
    const log = openPredictionLog(dir);
    const build = (options: DatasetOptions) => buildServedDataset(log, options);
    return { what: 'predictions read', build, close: () => log.close() };
  }
  throw new TillcastError('OPTION_INVALID', `--from must be events or predictions, not "${from}"`);
}

function parseFlags(flags: Flags): DatasetOptions {
  const target = parseTarget(flags.target);
  const out = resolve(flags.out);
  if (!existsSync(dirname(out)))
    throw new TillcastError('OPTION_INVALID', `--out: the folder ${dirname(out)} does not exist; make it first`);
  const until = flags.until === undefined ? {} : { untilMs: parseUntil(flags.until) };
  const windows = { horizonMs: parseDuration(flags.horizon), refundWindowMs: parseDuration(flags.refundWindow) };
  return {
    out,
    target,
    ...windows,
    timeZone: flags.timezone ?? readShopSettings().timeZone ?? 'UTC',
    seed: parseCount('--seed', flags.seed, 0, 0xffffffff),
    ...until,
  };
}

function parseUntil(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined)
    throw new TillcastError('OPTION_INVALID', `--until must be an instant such as 2026-11-20T00:00:00Z, not "${text}"`);
  return ms;
}

/** The summary for people. */
function describe(summary: DatasetSummary): string {
  const number = (value: number): string => value.toLocaleString('en');
  const day = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'never');
  const rate = summary.rows > 0 ? ` (${((100 * summary.positives) / summary.rows).toFixed(2)} %)` : '';
  const splits = Object.entries(summary.splits).map(
    ([name, { rows, positives }]) => `  ${name.padEnd(9)} ${number(rows)} rows, ${number(positives)} positive`,
  );
  return [
    `${summary.out}: ${summary.target}, within ${formatDuration(summary.horizonMs)}, ${summary.features} features`,
    `  ${number(summary.events)} events from ${day(summary.dataFromMs)} to ${day(summary.dataUntilMs)}`,
    `  ${number(summary.rows)} rows, ${number(summary.positives)} positive${rate}, ${number(summary.censored)} left out (horizon after the data's end)`,
    ...splits,
    ...summary.warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}
