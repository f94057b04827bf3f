import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { LatencyReport } from '@tillcast/core/learning/latency-report';
import { memberNames } from '@tillcast/core/scoring/ensemble';
import type { Split, TableInfo } from './read-table.ts';
import { DEFAULT_LATENCY_BUDGET_UNITS, type TrainingOptions } from './train-options.ts';
import { hashFile } from './train-runs.ts';
import type { TrainingResult, TrainingSpec } from './train-spec.ts';

const DEFAULT_TRIALS = 50;
const DEFAULT_THREADS = 2;
const STUDIES_KEPT = 20;
/** Enough to meet every member's thresholds, few enough that opening a bundle stays quick. */
const GOLDEN_ROWS = 96;

/** A table too small for windows of its own to blend and validate in: blends are fitted on out-of-fold scores. */
export const needsOutOfFold = (info: TableInfo): boolean => info.splits.blend === undefined;

const monotoneOf = (features: readonly string[]): Record<string, 1 | -1> =>
  Object.fromEntries(
    featureCatalog.flatMap(({ name, monotone }) => (monotone !== undefined && features.includes(name) ? [[name, monotone]] : [])),
  );

/** The latency budget of a training, the default where nothing is said; null: none. */
export const latencyBudgetOf = ({ latencyBudgetUnits = DEFAULT_LATENCY_BUDGET_UNITS }: Wish): number | null => latencyBudgetUnits;

type Wish = Pick<
  TrainingOptions,
  'trials' | 'budgetSeconds' | 'seed' | 'threads' | 'members' | 'objective' | 'maxTrees' | 'latencyBudgetUnits'
>;

const common = (info: TableInfo, wish: Wish) => ({
  schema: 1 as const,
  features: info.features,
  monotone: monotoneOf(info.features),
  label: 'label' as const,
  seed: wish.seed ?? 0,
  threads: wish.threads ?? DEFAULT_THREADS,
});

/** The spec of the search: members fitted on the training window, ranked on a later one or, where there is none, on grouped folds. */
export function searchSpec(info: TableInfo, wish: Wish, paths: { readonly dataset: string; readonly out: string }): TrainingSpec {
  return {
    ...common(info, wish),
    ...paths,
    fit_splits: ['train'],
    stop_split: info.splits.stop === undefined ? null : 'stop',
    objective: wish.objective ?? 'log_loss',
    members: (wish.members ?? memberNames).map((name) => ({ name, trials: wish.trials ?? DEFAULT_TRIALS })),
    oof: needsOutOfFold(info),
    budget_seconds: wish.budgetSeconds ?? null,
    max_trees: wish.maxTrees ?? null,
    latency_budget_units: latencyBudgetOf(wish),
  };
}

/**
 * The spec of the refit: the members that count, on every row there is, parameters and sizes frozen; with golden rows for the gate. More rows may grow
 * larger trees, so each member is held to its share of the budget.
 */
export function refitSpec(
  info: TableInfo,
  wish: Wish,
  searched: TrainingResult,
  { members, budgetUnits, units }: Pick<LatencyReport, 'members' | 'budgetUnits' | 'units'>,
  paths: { readonly dataset: string; readonly out: string },
): TrainingSpec {
  return {
    ...common(info, wish),
    ...paths,
    fit_splits: Object.keys(info.splits) as Split[],
    stop_split: null,
    members: members.map(({ name, trees, leaves, units: own }) => ({
      name,
      trials: 0,
      params: {
        ...searched.members.find((member) => member.name === name)!.params,
        ...(leaves === undefined ? {} : { max_leaf_nodes: leaves }),
      },
      rounds: trees,
      max_units: budgetUnits === null ? null : (own / units) * budgetUnits,
    })),
    golden_rows: GOLDEN_ROWS,
  };
}

/** The resumable study of a spec, named by data, spec and seed, so that the same command finds it again; old studies are removed. */
export async function withStudy(spec: TrainingSpec, studies: string): Promise<TrainingSpec> {
  const { dataset, out: _out, budget_seconds: _budget, ...lasting } = spec;
  const digest = createHash('sha256')
    .update(await hashFile(dataset))
    .update(JSON.stringify(lasting))
    .digest('hex');
  mkdirSync(studies, { recursive: true, mode: 0o700 });
  const byAge = readdirSync(studies)
    .filter((name) => name.endsWith('.db'))
    .sort((a, b) => statSync(join(studies, b)).mtimeMs - statSync(join(studies, a)).mtimeMs);
  for (const name of byAge.slice(STUDIES_KEPT)) rmSync(join(studies, name), { force: true });
  return { ...spec, study: join(studies, `${digest.slice(0, 16)}.db`) };
}
