import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { intervalText, tripleOf } from '@tillcast/core/learning/metric';
import type { Command } from 'commander';
import { assertTrainer } from '../jobs/run-trainer.ts';
import { qualityOf } from '../uplift/policy-quality.ts';
import { readUnits } from '../uplift/read-units.ts';
import { allLearners, type LearnerName } from '../uplift/run-learners.ts';
import { type TrainedPolicy, trainPolicy } from '../uplift/train-policy.ts';
import { checkPolicyName } from '../uplift/write-policy.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';
import { type BudgetFlags, budgetLines, budgetToJson, parseBudget } from './uplift-budget.ts';
import { parseMoney, parseNames, parseNumber } from './uplift-flags.ts';

interface Flags extends BudgetFlags {
  readonly data: string;
  readonly policy: string;
  readonly file: string;
  readonly variants: string;
  readonly features?: string;
  readonly learners?: string;
  readonly exploration: string;
  readonly cost?: string;
  readonly smallestLift: string;
  readonly seed: string;
  readonly threads: string;
  readonly json?: true;
}

/** `tillcast uplift train` */
export const registerUpliftTrain = (uplift: Command): void =>
  void uplift
    .command('train')
    .description(
      'Learn whom to treat from the units of a randomised experiment; a new version of the policy, or a refusal with its reason.',
    )
    .requiredOption('--policy <name>', 'what POST /v1/decide asks for')
    .requiredOption(
      '--file <file>',
      'one row a unit: unit, variant, conversion, profit, propensity_<variant>, features (.parquet, .csv, .tsv)',
    )
    .requiredOption('--variants <names>', 'the variants by commas, no treatment first, such as nobody,coupon')
    .option('--features <names>', 'columns to learn from, by commas (default: all numeric ones)')
    .option('--learners <names>', `by commas (default: ${allLearners.join(',')})`)
    .option('--exploration <share>', 'share of shoppers the policy goes on deciding by lot', '0.05')
    .option('--cost <amounts>', 'what treating one shopper takes out of a budget, such as coupon=4.2,message=0.1')
    .option('--budget <amount>', 'money the policy may spend, exploration included; with --cost and --shoppers')
    .option('--shoppers <number>', 'how many shoppers that is for')
    .option(
      '--smallest-lift <share>',
      'the smallest relative effect on purchases worth knowing: it decides how many shoppers are needed',
      '0.15',
    )
    .option('--seed <number>', 'the same seed gives the same policy', '1')
    .option('--threads <number>', 'threads of the learners', '1')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--json', 'print the result as one line of JSON')
    .action(run);

async function run(flags: Flags): Promise<void> {
  assertTrainer();
  const variants = parseNames('--variants', flags.variants);
  if (variants.length < 2)
    throw new TillcastError(
      'OPTION_INVALID',
      `--variants is "${flags.variants}"; give no treatment first, then at least one treatment`,
    );
  const units = await readUnits({
    ...{ file: flags.file, arms: variants },
    ...(flags.features === undefined ? {} : { features: parseNames('--features', flags.features) }),
  });
  const budget = parseBudget(flags);
  const seed = parseCount('--seed', flags.seed, 0, 2 ** 32 - 1);
  const trained = await trainPolicy({
    ...{ folder: openDataDir(flags.data).policies, name: checkPolicyName(flags.policy), units, seed },
    explorationShare: parseNumber('--exploration', flags.exploration, 0, 1),
    costs: parseMoney('--cost', flags.cost, variants.slice(1)),
    ...(budget === undefined ? {} : { budget }),
    plannedLift: parseNumber('--smallest-lift', flags.smallestLift, 0.01, 10),
    threads: parseCount('--threads', flags.threads, 1, 256),
    ...(flags.learners === undefined ? {} : { learners: parseLearners(flags.learners) }),
    onLearner: (name) => say(`${name} fitted`),
  });
  const names = variants.slice(1);
  for (const line of linesOf(trained, names)) say(line);
  if (flags.json)
    printJson({
      policy: trained.file.name,
      version: trained.file.version,
      treatments: trained.boards.map((board) => toJson(board, qualityOf(units, board, seed))),
      ...(trained.bought === undefined ? {} : { budget: budgetToJson(trained.bought, names) }),
    });
}

function parseLearners(text: string): readonly LearnerName[] {
  return parseNames('--learners', text).map((name) => {
    const known = allLearners.find((one) => one === name);
    if (known === undefined)
      throw new TillcastError('OPTION_INVALID', `--learners names "${name}"; known are ${allLearners.join(', ')}`);
    return known;
  });
}

const toJson = ({ treatment, board, mix }: TrainedPolicy['boards'][number], { rank, bins }: ReturnType<typeof qualityOf>) => ({
  treatment,
  learner: board.chosen.name,
  among: mix.map(({ learner }) => learner),
  profit_per_shopper: tripleOf(board.chosen.profit),
  everybody_per_shopper: tripleOf(board.everybody),
  treated_share: board.chosen.treatedShare,
  shrinkage: board.chosen.shrinkage.slope,
  qini: tripleOf(rank.qini),
  auuc: tripleOf(rank.auuc),
  qini_by_chance: rank.qiniByChance,
  ranks_better_than_chance: rank.isBetterThanChance,
  calibration: bins.map(({ units, predicted, found }) => ({ units, predicted, found: tripleOf(found) })),
  board: board.lines.map((line) => ({
    learner: line.name,
    profit_per_shopper: tripleOf(line.profit),
    treated_share: line.treatedShare,
  })),
});

function* linesOf({ file, boards, bought }: TrainedPolicy, names: readonly string[]): Iterable<string> {
  for (const { treatment, board, mix } of boards) {
    yield `${treatment}: profit a shopper above treating nobody, out of fold`;
    for (const { name, profit, treatedShare } of board.lines)
      yield `  ${name.padEnd(20)} ${intervalText(profit)}  treats ${(100 * treatedShare).toFixed(0)} %`;
    yield `  served: ${mix.map(({ learner }) => learner).join(', ')}`;
  }
  if (bought !== undefined) yield* budgetLines(bought, names);
  yield `${file.name} ${file.version} is served from now on: POST /v1/decide {"policy": "${file.name}", …}`;
}
