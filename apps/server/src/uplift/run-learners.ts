import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EffectModel } from '@tillcast/core/decisions/uplift/effect-model';
import { parseEffect } from '@tillcast/core/decisions/uplift/parse-effect';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type OutOfFold, readOutOfFold } from '../jobs/read-table.ts';
import { runTrainerModule, type TrainerOptions } from '../jobs/run-trainer.ts';
import { checkEffectParity } from './effect-parity.ts';
import type { ExperimentUnits } from './units.ts';
import { writeUnits } from './write-units.ts';

/** The learners that compete unless told: simple ones beside the libraries, for they often win. */
export const allLearners = [
  't_logistic',
  't_catboost',
  't_xgboost',
  't_lightgbm',
  'x_ridge',
  'x_lightgbm',
  'dr_ridge',
  'dr_catboost',
  'dr_xgboost',
  'dr_lightgbm',
] as const;

export type LearnerName = (typeof allLearners)[number];

/** What a run of the learners is told. */
export interface LearnersOptions extends TrainerOptions {
  /** An empty folder that gets table, spec and results. */
  readonly folder: string;
  readonly learners?: readonly LearnerName[];
  readonly seed: number;
  readonly threads?: number;
}

/** What came of it, for each treatment in the order of the arms. */
export interface LearntEffects {
  readonly treatments: readonly {
    readonly name: string;
    /** By learner, and `control` / `treated`: expected profit of the two arms; the units of the two arms only, `row` says which. */
    readonly outOfFold: OutOfFold;
    /** By learner: fitted on all units, to be served. */
    readonly effects: Readonly<Record<string, EffectModel>>;
  }[];
  /** The same effects as the trainer wrote them, by treatment and learner: what a policy file holds. */
  readonly raw: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly learners: readonly LearnerName[];
  readonly seconds: number;
}

interface ResultFile {
  readonly seconds: number;
  readonly golden_rows: readonly (readonly (number | null)[])[];
  readonly treatments: readonly { readonly name: string; readonly effects: string }[];
  readonly learners: readonly { readonly name: string; readonly effects: Readonly<Record<string, object>> }[];
}

/** Writes the units, runs the trainer on them and reads what it learnt. */
export async function runLearners(units: ExperimentUnits, options: LearnersOptions): Promise<LearntEffects> {
  const { folder, learners = allLearners, seed, threads = 1, ...trainer } = options;
  const out = join(folder, 'out');
  mkdirSync(out, { recursive: true });
  const table = join(folder, 'units.parquet');
  await writeUnits(table, units);
  const spec = { schema: 1, table, out, features: units.featureNames, treatments: units.arms.slice(1), learners, seed, threads };
  const path = await runTrainerModule({ module: 'tillcast_trainer.uplift', spec, specPath: join(folder, 'spec.json') }, trainer);
  const result = JSON.parse(readFileSync(path, 'utf8')) as ResultFile;
  const read = (file: string) => readFileSync(join(out, file), 'utf8');
  const golden = Float32Array.from(result.golden_rows.flat(), (value) => value ?? Number.NaN);
  const treatments = await Promise.all(
    result.treatments.map(async ({ name, effects: file }) => ({
      name,
      outOfFold: await readOutOfFold(join(out, file), ['control', 'treated', ...learners]),
      effects: Object.fromEntries(
        result.learners.map((learner) => [
          learner.name,
          parseEffect(learner.effects[name], units.featureNames.length, read, `${learner.name}.${name}`),
        ]),
      ),
    })),
  );
  if (treatments.length !== units.arms.length - 1)
    throw new TillcastError(
      'TRAINER_FAILED',
      `it answered ${treatments.length} treatments; ${units.arms.length - 1} were asked for`,
    );
  for (const { name, effects } of treatments)
    for (const learner of result.learners)
      checkEffectParity(effects[learner.name]!, golden, learner.effects[name], `${learner.name}.${name}`);
  const rawOf = (treatment: string) =>
    Object.fromEntries(result.learners.map(({ name, effects }) => [name, withoutGolden(effects[treatment]!)]));
  const raw = Object.fromEntries(result.treatments.map(({ name }) => [name, rawOf(name)]));
  return { treatments, raw, learners, seconds: result.seconds };
}

function withoutGolden(effect: object): object {
  const { golden: _, ...served } = effect as { readonly golden?: unknown };
  return served;
}
