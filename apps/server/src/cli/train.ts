import { parseDuration } from '@tillcast/core/learning/duration';
import type { Command } from 'commander';
import { openModelRegistry } from '../compose.ts';
import { readShopSettings } from '../config.ts';
import { wireReport } from '../jobs/evaluate-wire.ts';
import { openFilledLog } from '../jobs/open-filled-log.ts';
import { assertTrainer } from '../jobs/run-trainer.ts';
import { describeLatency } from '../jobs/served-latency.ts';
import { planTraining, train } from '../jobs/train.ts';
import type { TrainingOptions, TrainingOutcome } from '../jobs/train-options.ts';
import { openDataDir } from './data-dir.ts';
import { latencyText, printBoard } from './evaluate-print.ts';
import { printJson } from './output.ts';
import {
  parseBudgetSeconds,
  parseCount,
  parseLatencyBudget,
  parseMembers,
  parseObjective,
  parseTarget,
  parseUntil,
} from './train-flags.ts';
import { openTrainingProgress } from './train-progress.ts';

interface Flags {
  readonly data: string;
  readonly target: string;
  readonly horizon: string;
  readonly trials: string;
  readonly budget?: string;
  readonly seed: string;
  readonly threads: string;
  readonly members?: string;
  readonly objective: string;
  readonly maxTrees?: string;
  readonly latencyBudget: string;
  readonly until?: string;
  readonly timezone?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const wishOf = (flags: Flags) => ({
  target: parseTarget(flags.target),
  horizonMs: parseDuration(flags.horizon),
  trials: parseCount('--trials', flags.trials, 0, 10_000),
  seed: parseCount('--seed', flags.seed, 0, 2 ** 32 - 1),
  threads: parseCount('--threads', flags.threads, 1, 1_024),
  objective: parseObjective(flags.objective),
  timeZone: flags.timezone ?? readShopSettings().timeZone ?? 'UTC',
  latencyBudgetUnits: parseLatencyBudget(flags.latencyBudget),
  ...(flags.budget === undefined ? {} : { budgetSeconds: parseBudgetSeconds(flags.budget) }),
  ...(flags.members === undefined ? {} : { members: parseMembers(flags.members) }),
  ...(flags.maxTrees === undefined ? {} : { maxTrees: parseCount('--max-trees', flags.maxTrees, 1, 100_000) }),
  ...(flags.until === undefined ? {} : { untilMs: parseUntil(flags.until) }),
});

function toJson(outcome: TrainingOutcome) {
  const { manifest, promoted, reasons, report, parity, latency, seconds } = outcome;
  return {
    model: manifest.model,
    version: manifest.version,
    content_hash: manifest.contentHash,
    promoted,
    gate: reasons,
    parity_max_abs: parity.rawMaxAbs,
    contribution_max_abs: parity.contributionMaxAbs,
    golden_rows: parity.rows,
    trained_on: manifest.data,
    seconds,
    served_latency: {
      budget_units: latency.budgetUnits,
      units: latency.units,
      ns_per_unit: latency.nsPerUnit,
      measured_ns: latency.measuredNs,
    },
    ...wireReport(report),
  };
}

function print(outcome: TrainingOutcome): void {
  const { manifest, promoted, reasons, report, parity, latency, seconds } = outcome;
  printBoard(report);
  const out = (text: string): void => void process.stdout.write(`${text}\n`);
  out(
    `\n${manifest.model} ${manifest.version}: ${manifest.members.length} members, raw scores within ${parity.rawMaxAbs} of the libraries, ${seconds.toFixed(0)} s`,
  );
  out(`  ${describeLatency(latency)}`);
  if (report.latency !== undefined) out(latencyText(report.latency));
  for (const reason of reasons) out(`  ${reason}`);
  out(
    promoted
      ? 'It is champion now.'
      : `It is not champion; the version is kept. To promote it all the same: tillcast models promote ${manifest.version} --why "…"`,
  );
}

/** Runs with Ctrl-C passed on to the trainer; a second one ends at once. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => (controller.signal.aborted ? process.exit(130) : controller.abort());
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

async function run(flags: Flags): Promise<void> {
  const wish = wishOf(flags);
  if (!flags.dryRun) assertTrainer();
  const data = openDataDir(flags.data);
  const log = openFilledLog(data, readShopSettings());
  const progress = openTrainingProgress();
  try {
    const options: TrainingOptions = { data, log, registry: openModelRegistry(data), ...wish, onProgress: progress.show };
    if (flags.dryRun) return printJson(await planTraining(options));
    const outcome = await interruptible((signal) => train({ ...options, signal }));
    progress.close();
    if (flags.json) printJson(toJson(outcome));
    else print(outcome);
  } finally {
    progress.close();
    await log.close();
  }
}

/** `tillcast train`: from stored events to a verified model, champion if the gate says so. */
export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('Train CatBoost, XGBoost, LightGBM and a random forest on the stored events; blend, calibrate and check them.')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--target <target>', 'item or session: what is bought', 'item')
    .option('--horizon <duration>', 'how soon, such as PT24H or PT5M', 'PT24H')
    .option('--trials <n>', 'search trials a member; 0 = careful defaults', '50')
    .option('--budget <time>', 'wall-clock bound of the search, such as 10m (the result is then not reproducible)')
    .option('--seed <n>', 'same data, spec and seed give the same model', '0')
    .option('--threads <n>', 'threads of the trainer', '2')
    .option('--members <names>', 'some of catboost,xgboost,lightgbm,random_forest')
    .option('--objective <name>', 'log_loss or roc_auc', 'log_loss')
    .option('--max-trees <n>', 'upper bound on every member')
    .option(
      '--latency-budget <time>',
      'score and reasons of one row on one core of the reference machine, such as 100us; or none',
      '100us',
    )
    .option('--until <time>', 'leave out what became known after this moment')
    .option('--timezone <name>', "the shop's time zone, an IANA name (default: shop.timezone of tillcast.yaml, else UTC)")
    .option('--dry-run', 'build the table, check it and print what would be done')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
}
