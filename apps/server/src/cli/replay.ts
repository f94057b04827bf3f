import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { openModelRegistry, openPredictionLog } from '../compose.ts';
import { type PredictionReplay, replayPrediction } from '../jobs/replay-prediction.ts';
import { predictionNotFound } from '../serving/prediction-answer.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { runReplayDeadLetters } from './replay-dead-letters.ts';

interface Flags {
  readonly prediction?: string;
  readonly deadLetters?: boolean;
  readonly dryRun?: boolean;
  readonly data: string;
  readonly json?: boolean;
}

function describe({ model, log_odds, purchase_probability, contributions, differences, backends }: PredictionReplay): string {
  const parts = {
    bits: 'contributions to the last bit',
    tolerance: 'contributions within 1e-6',
    none: 'no contributions were served',
    differ: 'contributions differ',
  }[contributions];
  const code = Object.entries(backends).map(([name, backend]) => `${name} ${backend}`);
  return [
    `${model.name} ${model.version}: log-odds ${log_odds}, probability ${purchase_probability}; ${parts}${code.length > 0 ? ` (${code.join(', ')})` : ''}`,
    ...differences.map(({ what, served, again }) => `  ${what}: served ${served}, now ${again}`),
  ].join('\n');
}

/** Scores one prediction again from its log line; exit 3 where it does not come out as it was served. */
async function replayOne(predictionId: string, { data, json }: Flags): Promise<void> {
  const dir = openDataDir(data);
  const log = openPredictionLog(dir);
  try {
    const logged = await log.find('default', predictionId);
    if (logged === undefined) throw predictionNotFound(predictionId);
    const replay = await replayPrediction(logged, openModelRegistry(dir));
    if (json === true) printJson(replay);
    else say(describe(replay));
    if (!replay.agrees)
      throw new TillcastError(
        'REPLAY_DIFFERS',
        `the prediction does not come out as it was served: ${replay.differences.map(({ what }) => what).join(', ')}; the line or the model was changed`,
      );
  } finally {
    await log.close();
  }
}

async function replay(flags: Flags): Promise<void> {
  if (flags.deadLetters === true) return runReplayDeadLetters(flags);
  if (flags.prediction === undefined)
    throw new TillcastError('OPTION_INVALID', 'say what to replay: --prediction ID or --dead-letters');
  await replayOne(flags.prediction, flags);
}

/** `tillcast replay`: does again what was done once, and compares. */
export const registerReplay = (program: Command): void =>
  void program
    .command('replay')
    .description('Score a prediction again from its log line, bit for bit; or try again what could not be processed.')
    .option('--prediction <id>', 'the prediction')
    .option('--dead-letters', 'the events that could not be processed')
    .option('--dry-run', 'with --dead-letters: look what would come of it, change nothing')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(replay);
