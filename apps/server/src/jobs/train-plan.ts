import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { type MemberName, memberNames } from '@tillcast/core/scoring/ensemble';
import type { Split, TableInfo } from './read-table.ts';
import type { TrainingOptions } from './train-options.ts';
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

type Wish = Pick<TrainingOptions, 'trials' | 'budgetSeconds' | 'seed' | 'threads' | 'members' | 'objective' | 'maxTrees'>;

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
  };
}

/** The spec of the refit: the members that count, on every row there is, parameters and rounds frozen; with golden rows for the gate. */
export function refitSpec(
  info: TableInfo,
  wish: Wish,
  searched: TrainingResult,
  names: readonly MemberName[],
  paths: { readonly dataset: string; readonly out: string },
): TrainingSpec {
  return {
    ...common(info, wish),
    ...paths,
    fit_splits: Object.keys(info.splits) as Split[],
    stop_split: null,
    members: searched.members
      .filter(({ name }) => names.includes(name))
      .map(({ name, params, rounds }) => ({ name, trials: 0, params, rounds })),
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
