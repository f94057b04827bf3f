import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { parseDuration } from '@tillcast/core/learning/duration';
import type { Command } from 'commander';
import { openEventLog, openPredictionLog } from '../compose.ts';
import { labelPredictions } from '../jobs/label-predictions.ts';
import { openDataDir } from './data-dir.ts';
import { openProgress, printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';

interface Flags {
  readonly refundWindow: string;
  readonly sessionGap: string;
  readonly data: string;
  readonly json?: boolean;
}

async function run(flags: Flags): Promise<void> {
  const dir = openDataDir(flags.data);
  const refundWindowMs = parseDuration(flags.refundWindow);
  const sessionGapMs = parseCount('--session-gap', flags.sessionGap, 1_000, 86_400_000);
  const events = openEventLog(dir);
  const predictions = openPredictionLog(dir);
  const progress = openProgress();
  try {
    const summary = await labelPredictions(events, predictions, {
      ...{ nowMs: Date.now(), refundWindowMs, sessionGapMs, timeZone: 'UTC' },
      onProgress: (read) => progress.update(`${read.toLocaleString('en')} events read`),
    });
    progress.close();
    if (flags.json === true) printJson(summary);
    else say(`${summary.decided} labels decided; ${summary.predictions} predictions in the log, ${summary.events} events read`);
  } finally {
    progress.close();
    await predictions.close();
    await events.close();
  }
}

/** `tillcast labels run`: says of each served prediction whose window has closed whether the shopper bought. */
export const registerLabels = (program: Command): void =>
  void program
    .command('labels')
    .description('What became of the predictions that were served.')
    .command('run')
    .description('Decide every label that is due; the server does the same once a minute.')
    .option('--refund-window <duration>', 'within which a return undoes a purchase', 'P14D')
    .option('--session-gap <ms>', 'silence that ends a session', String(defaultSessionGapMs))
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print what was done as one line of JSON')
    .action(run);
