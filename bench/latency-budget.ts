import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataDir } from '../apps/server/src/cli/data-dir.ts';
import { parseCount, parseLatencyBudget, parseTarget } from '../apps/server/src/cli/train-flags.ts';
import { describeLine } from '../apps/server/src/cli/train-progress.ts';
import { openEventLog, openModelRegistry } from '../apps/server/src/compose.ts';
import { demoSettings } from '../apps/server/src/demo/demo-shop.ts';
import { openSource } from '../apps/server/src/importing/sources/open-source.ts';
import { importEvents } from '../apps/server/src/jobs/import-events.ts';
import { readTable, type Table } from '../apps/server/src/jobs/read-table.ts';
import { simulateToFile } from '../apps/server/src/jobs/simulate-shop.ts';
import { train } from '../apps/server/src/jobs/train.ts';
import { atSizes, rawScores, readMembers } from '../apps/server/src/jobs/train-members.ts';
import type { TrainingOutcome } from '../apps/server/src/jobs/train-options.ts';
import { readRecord, runPaths } from '../apps/server/src/jobs/train-record.ts';
import { measureNsPerUnit, measureRowNs } from '../apps/server/src/jobs/yardstick.ts';
import { pairedDifference } from '../packages/core/src/learning/bootstrap.ts';
import { parseDuration } from '../packages/core/src/learning/duration.ts';
import { logLoss } from '../packages/core/src/learning/metrics.ts';
import { blendScores } from '../packages/core/src/scoring/blend-log-odds.ts';
import { openEnsembleExplainer } from '../packages/core/src/scoring/explain-row.ts';
import { weightedForests } from '../packages/core/src/scoring/weighted-members.ts';
import { openRandom } from '../packages/core/src/simulation/random.ts';

/**
 * What the latency budget buys and costs: two trainings on the same table, one within the budget and one without any, each with a search of its own.
 * Told are the time and units of a row of what is served, and the log loss of both on the test window with the paired difference (shoppers redrawn).
 * `against_whole` is the card's own comparison: the budgeted ensemble against all members of its own search whole. The table is that of the demo's
 * shop, or of `--file` (with `--source`, `--horizon`). `--budget` and `--trials` as in `tillcast train`.
 */
const { values: flags } = parseArgs({
  options: {
    target: { type: 'string', default: 'item' },
    budget: { type: 'string', default: '100us' },
    trials: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string' },
    source: { type: 'string', default: 'rees46' },
    horizon: { type: 'string', default: 'PT24H' },
    json: { type: 'boolean', default: false },
  },
});
const target = parseTarget(flags.target);
const seed = parseCount('--seed', flags.seed, 0, 2 ** 32 - 1);
/** The end of the simulated history: any fixed moment, so that every run has the same events. */
const UNTIL_MS = Date.UTC(2026, 5, 1);
const MOST_TREES = 300;
const REPLICATES = 1_000;
/** Rounds that are run before answers are timed, and rounds of which the median is told. */
const [WARM_UP, ROUNDS, ROWS_A_ROUND] = [200, 401, 8];

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

/** Events into a fresh data directory. */
async function fill(folder: string): Promise<void> {
  const file = flags.file ?? join(folder, 'history.jsonl');
  if (flags.file === undefined) await simulateToFile({ settings: demoSettings(seed, UNTIL_MS), out: file, onProgress: () => {} });
  const log = openEventLog(openDataDir(folder));
  try {
    const source = openSource(flags.file === undefined ? 'tillcast' : flags.source);
    await importEvents({ files: [file], source, log, rejectedFile: join(folder, 'rejected.jsonl'), nowMs: Date.now() });
  } finally {
    await log.close();
  }
}

async function trainOnce(folder: string, latencyBudgetUnits: number | null): Promise<TrainingOutcome> {
  const data = openDataDir(folder);
  const log = openEventLog(data);
  try {
    return await train({
      ...{
        data,
        log,
        registry: openModelRegistry(data),
        target,
        seed,
        horizonMs: parseDuration(flags.horizon),
        latencyBudgetUnits,
      },
      ...{ trials: parseCount('--trials', flags.trials, 0, 1_000), maxTrees: MOST_TREES, replicates: REPLICATES },
      onProgress: ({ text, line }) => {
        if (line === undefined || line.event === 'member') tell(`  ${(line && describeLine(line)) ?? text}`);
      },
    });
  } finally {
    await log.close();
  }
}

/** Served log-odds of a training's evaluated twin on the test rows. */
function onTest({ manifest }: TrainingOutcome, runs: string, table: Table): Float64Array {
  const { folder, members, sizes, blend } = readRecord(runs, manifest.version);
  return blendScores(blend, rawScores(atSizes(readMembers(runPaths(folder).evaluated, members), sizes), table), table.rowCount);
}

/** Microseconds of a row of what is served: score and SHAP of its members alone, and the whole answer with blend, calibration and the check of the sum. */
async function timeServed(folder: string, { manifest }: TrainingOutcome, { matrix, rowCount }: Table) {
  const { ensemble } = await openModelRegistry(openDataDir(folder)).open(target, manifest.version);
  const forests = weightedForests(ensemble).map(({ forest }) => forest);
  const membersNs = measureRowNs(forests, matrix);
  const explainer = openEnsembleExplainer(ensemble);
  const width = ensemble.featureNames.length;
  let row = 0;
  const round = (): number => {
    const began = performance.now();
    for (let turn = 0; turn < ROWS_A_ROUND; turn++, row = (row + 1) % rowCount) explainer.explain(matrix, row * width);
    return ((performance.now() - began) * 1e3) / ROWS_A_ROUND;
  };
  for (let turn = 0; turn < WARM_UP; turn++) round();
  const times = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b);
  return { served_us: membersNs / 1e3, answer_us: times[(ROUNDS - 1) / 2]! };
}

async function compare(folder: string) {
  tell('filling the shop');
  await fill(folder);
  tell(`training within ${flags.budget}`);
  const budgeted = await trainOnce(folder, parseLatencyBudget(flags.budget));
  tell('training without a budget');
  const free = await trainOnce(folder, null);
  const { runs } = openDataDir(folder);
  const record = readRecord(runs, budgeted.manifest.version);
  const table = await readTable(runPaths(record.folder).dataset, ['test'], { features: record.features, label: record.label });
  const [ours, theirs] = [budgeted, free].map((outcome) => onTest(outcome, runs, table)) as [Float64Array, Float64Array];
  const options = { random: openRandom(seed).fork('latency budget'), replicates: REPLICATES };
  const { value, low, high } = pairedDifference('logLoss', ours, theirs, table.label, table.group, options);
  const { front } = budgeted.report.latency!;
  const whole = front.find(({ budgetUnits }) => budgetUnits === budgeted.latency.budgetUnits)?.difference;
  return {
    ...(await timeServed(folder, budgeted, table)),
    units: budgeted.latency.units,
    ns_per_unit: measureNsPerUnit(),
    paired: [value, low, high],
    against_whole: whole && [whole.value, whole.low, whole.high],
    log_loss: logLoss(ours, table.label),
    unbudgeted_log_loss: logLoss(theirs, table.label),
    unbudgeted_units: free.latency.units,
    unbudgeted_us: (await timeServed(folder, free, table)).served_us,
    rows: table.rowCount,
    members: Object.fromEntries(record.sizes!.map(({ name, trees, leaves = null, units }) => [name, { trees, leaves, units }])),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'tillcast-latency-'));
try {
  const found = await compare(folder);
  if (flags.json) console.log(JSON.stringify(found));
  else {
    const { members, ...figures } = found;
    console.log(figures);
    console.table(members);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
