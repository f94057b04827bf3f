import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawBackgrounds } from '@tillcast/core/scoring/background';
import { blendScores } from '@tillcast/core/scoring/blend-log-odds';
import type { Blend } from '@tillcast/core/scoring/ensemble';
import { referenceProfile } from '@tillcast/core/scoring/reference';
import { openRandom } from '@tillcast/core/simulation/random';
import { DAY_MS } from '@tillcast/core/simulation/rhythm';
import { assembleBundle } from '@tillcast/server/bundles/assemble-bundle';
import { type DataDir, openDataDir } from '@tillcast/server/cli/data-dir';
import { openEventLog, openModelRegistry, writeBundle } from '@tillcast/server/compose';
import { importHistory } from '@tillcast/server/demo/demo-shop';
import { buildDataset } from '@tillcast/server/jobs/build-dataset';
import { describeTable, readTable, type Split, type Table, type TableInfo } from '@tillcast/server/jobs/read-table';
import { runTrainer } from '@tillcast/server/jobs/run-trainer';
import { simulateToFile } from '@tillcast/server/jobs/simulate-shop';
import { rawScores, readMembers } from '@tillcast/server/jobs/train-members';
import type { TrainingResult, TrainingSpec } from '@tillcast/server/jobs/train-spec';
import { say } from './say.ts';
import { historyEndsMs, type Size } from './settings.ts';

/** Where a prepared shop lies. */
export interface Shop {
  /** A data directory with events and a champion. */
  readonly data: string;
  /** The libraries' own files of its members, which the Python peer opens. */
  readonly members: string;
  /** Rows of the training table, float32, and their columns: what the peer looks features up in. */
  readonly rows: string;
  readonly columns: string;
  /** Shoppers and items to ask about. */
  readonly questions: string;
  /** The same events, and as champion what `tillcast train` makes of them within its usual latency budget. */
  readonly budgeted: string;
}

/** An item as a question names it. */
export interface QuestionItem {
  readonly product_id: string;
  readonly category_code: string;
  readonly brand: string;
  readonly price: number;
}

/** What questions are made of. */
export interface QuestionSource {
  readonly shoppers: readonly string[];
  readonly items: readonly QuestionItem[];
}

const seed = 7;
const mostRows = 20_000;
const splits: readonly Split[] = ['train', 'stop', 'blend', 'validate', 'test', 'embargo'];

/** Each member with the parameters of the recipe that bench/trees measures, on our own features. */
const recipe = (trees: number, forestTrees = Math.ceil(trees * 0.4)): TrainingSpec['members'] => [
  { name: 'catboost', trials: 0, rounds: trees, params: { iterations: trees, depth: 6, learning_rate: 0.06 } },
  { name: 'xgboost', trials: 0, rounds: trees, params: { num_boost_round: trees, max_depth: 6, learning_rate: 0.06 } },
  { name: 'lightgbm', trials: 0, rounds: trees, params: { num_iterations: trees, num_leaves: 31, learning_rate: 0.06 } },
  {
    name: 'random_forest',
    trials: 0,
    rounds: forestTrees,
    // 4,096 leaves are what a depth of 12 can have: no bound beside the depth.
    params: { n_estimators: forestTrees, max_depth: 12, max_features: 'sqrt', max_samples: 1.0, max_leaf_nodes: 4_096 },
  },
];

const blend: Blend = {
  kind: 'log_odds',
  weights: { catboost: 0.25, xgboost: 0.25, lightgbm: 0.25, random_forest: 0.25 },
  platt: { slope: 1, intercept: 0 },
  forestShrinkage: { lambda: 1e-3, pi: 0.05 },
};

async function fillLog(data: DataDir, { shoppers, days }: Size): Promise<void> {
  const out = join(data.root, 'history.jsonl');
  await simulateToFile({ settings: { shoppers, days, seed, startMs: historyEndsMs - days * DAY_MS }, out });
  await importHistory(data.root, out, (text) => say(text));
  rmSync(out);
}

/** Who shopped last, and what for: half of the questions are about shoppers whose behaviour is known. */
async function writeQuestions(data: DataDir, file: string): Promise<void> {
  const log = openEventLog(data);
  const shoppers = new Set<string>();
  const items = new Map<string, QuestionItem>();
  for await (const batch of log.read({ fromMs: historyEndsMs - 7 * DAY_MS })) {
    for (const { userId, items: lines } of batch) {
      if (userId !== undefined) shoppers.add(userId);
      for (const { itemId, category, brand, price } of lines)
        if (category !== undefined && brand !== undefined && price !== undefined && price > 0)
          items.set(itemId, { product_id: itemId, category_code: category, brand, price });
    }
  }
  await log.close();
  writeFileSync(file, JSON.stringify({ shoppers: [...shoppers], items: [...items.values()] } satisfies QuestionSource));
}

async function buildTable(data: DataDir, out: string): Promise<TableInfo> {
  const log = openEventLog(data);
  try {
    await buildDataset(log, { out, target: 'item', horizonMs: DAY_MS, seed });
  } finally {
    await log.close();
  }
  return describeTable(out);
}

const referenceOf = (info: TableInfo, table: Table, logOdds: Float64Array) =>
  referenceProfile({
    madeAt: new Date(historyEndsMs).toISOString(),
    ...{ logOdds, labels: table.label, groups: table.group, rungs: table.rung, categories: table.category },
    featureNames: info.features,
    rows: table.matrix,
  });

async function register(
  data: DataDir,
  { rows: rowsFile, columns }: Shop,
  info: TableInfo,
  { dataset, refit, result }: { readonly dataset: string; readonly refit: string; readonly result: TrainingResult },
): Promise<void> {
  const table = await readTable(dataset, splits, { features: info.features, label: 'label' });
  const logOdds = blendScores(blend, rawScores(readMembers(refit, result.members), table), table.rowCount);
  const rows = { rows: table.matrix, width: info.features.length, labels: table.label };
  const { files } = assembleBundle({
    ...{ info, features: info.features, label: 'label', seed, refit, result, blend, nowMs: historyEndsMs },
    reference: referenceOf(info, table, logOdds),
    backgrounds: drawBackgrounds(rows, openRandom(seed).fork('background')),
    metrics: {},
    card: () => 'A benchmark’s ensemble: the sizes of a recipe, equal weights, nothing tuned, nothing evaluated.\n',
  });
  writeFileSync(rowsFile, table.matrix.subarray(0, mostRows * info.features.length));
  writeFileSync(columns, JSON.stringify(info.features));
  const folder = join(data.root, 'bundle');
  writeBundle(data, folder, files);
  const registry = openModelRegistry(data);
  const { manifest } = await registry.add(folder);
  await registry.move({
    model: 'item',
    alias: 'champion',
    version: manifest.version,
    by: 'bench:http',
    why: 'the ensemble measured',
  });
  rmSync(folder, { recursive: true });
}

/** Simulates the shop, stores its events, trains the recipe's four members on its table, and makes them champion. Minutes; `folder` is made anew. */
export async function makeShop(size: Size): Promise<void> {
  const shop = shopIn(size);
  rmSync(size.folder, { recursive: true, force: true });
  mkdirSync(shop.members, { recursive: true });
  const data = openDataDir(shop.data);
  await fillLog(data, size);
  const dataset = join(size.folder, 'rows.parquet');
  const info = await buildTable(data, dataset);
  say(`training ${size.trees} trees of each library on ${info.counts.rows} rows of ${info.features.length} features …`);
  const spec: TrainingSpec = {
    ...{ schema: 1, dataset, out: shop.members, features: info.features, label: 'label', seed, threads: 2, golden_rows: 48 },
    ...{ fit_splits: splits.filter((split) => info.splits[split] !== undefined), stop_split: null, members: recipe(size.trees) },
  };
  const result = await runTrainer(spec, join(size.folder, 'spec.json'));
  await writeQuestions(data, shop.questions);
  if (size.budgetedTrials > 0) await trainBudgeted(shop, size.budgetedTrials);
  await register(data, shop, info, { dataset, refit: shop.members, result });
}

/** Trains as a user would, with nothing said about latency, on a copy of the events; what comes out is champion, better than the baseline or not. */
async function trainBudgeted({ data, budgeted }: Shop, trials: number): Promise<void> {
  say('training within the usual latency budget …');
  cpSync(data, budgeted, { recursive: true });
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [join(import.meta.dirname, '..', '..', 'apps', 'server', 'bin', 'tillcast.mjs'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const asked = ['--data', budgeted, '--target', 'item', '--trials', String(trials), '--seed', String(seed), '--json'];
  let printed: string;
  try {
    printed = run('train', ...asked);
  } catch (error) {
    // Refused by the gate is an end like another: the version is there.
    printed = String((error as { stdout?: unknown }).stdout ?? '');
  }
  const { version } = JSON.parse(printed.trim().split('\n').at(-1)!) as { version: string };
  const registry = openModelRegistry(openDataDir(budgeted));
  await registry.move({ model: 'item', alias: 'champion', version, by: 'bench:http', why: 'the ensemble measured' });
}

/** Where the shop of a size lies. */
export const shopIn = ({ folder }: Pick<Size, 'folder'>): Shop => ({
  data: join(folder, 'data'),
  members: join(folder, 'members'),
  rows: join(folder, 'rows.f32'),
  columns: join(folder, 'columns.json'),
  questions: join(folder, 'questions.json'),
  budgeted: join(folder, 'budgeted'),
});
