import type { ExperimentAnalysisSettings } from '@tillcast/api/experiment-analysis';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { AnalysisPlan, Method } from '@tillcast/core/experiments/statistics/plan';
import { defaultSplitAlarm } from '@tillcast/core/experiments/statistics/srm';
import type { Arms } from '@tillcast/core/experiments/statistics/units';
import { metricsOf } from './analyse-metrics.ts';

const dayMs = 86_400_000;

/** A plan, and which arms and columns of a unit table it asks for. */
export interface Registered {
  readonly plan: AnalysisPlan;
  readonly arms: Arms;
  /** Columns of numbers. */
  readonly numbers: readonly string[];
  readonly cluster?: string;
}

/** The plan that settings register for a table with the given columns. */
export function planOf(settings: ExperimentAnalysisSettings, columns: readonly string[]): Registered {
  const variants = variantsOf(settings);
  const metrics = metricsOf(settings, columns);
  const covariates = covariatesOf(settings, columns);
  const { traffic_split: weights, srm = {}, prior, cluster, trigger } = settings;
  const holdout = typeof settings.holdout === 'object' ? settings.holdout.name : settings.holdout;
  const plan: AnalysisPlan = {
    ...{ metrics, covariates, method: methodOf(settings) },
    assurance: { alpha: settings.alpha ?? 0.05, power: settings.power ?? 0.8 },
    minimumLift: settings.minimum_lift ?? 0.05,
    minimumDays: settings.minimum_days ?? 0,
    maturityMs: (settings.maturity_days ?? 0) * dayMs,
    isDecidedByCuped: settings.decide_by_cuped ?? false,
    split: {
      alpha: srm.alpha ?? defaultSplitAlarm.alpha,
      minUnits: srm.min_units ?? defaultSplitAlarm.minUnits,
      minDeviation: srm.min_deviation ?? defaultSplitAlarm.minDeviation,
    },
    ...(weights !== undefined && { weights }),
    ...(settings.planned_units !== undefined && { plannedUnits: settings.planned_units }),
    ...(settings.variants_are === 'models' && {
      models: { hasAction: settings.action !== undefined && settings.action !== 'none' },
    }),
    ...(trigger !== undefined && { triggerColumn: trigger }),
    ...(prior !== undefined && { prior: { mean: prior.mean ?? 0, variance: prior.stddev ** 2 } }),
  };
  return {
    plan,
    arms: {
      ...(variants !== undefined && { variants }),
      ...(settings.control !== undefined && { control: settings.control }),
      ...(holdout !== undefined && { holdout }),
    },
    numbers: [...new Set([...metrics.flatMap(columnsOf), ...covariates, ...(trigger === undefined ? [] : [trigger])])].filter(
      (name) => columns.includes(name),
    ),
    ...(cluster !== undefined && { cluster: present(cluster, columns, '/cluster') }),
  };
}

const columnsOf = ({ shape }: AnalysisPlan['metrics'][number]): readonly string[] =>
  shape.kind === 'ratio' ? [shape.numerator, shape.denominator] : [shape.column];

function present(name: string, columns: readonly string[], pointer: string): string {
  if (!columns.includes(name)) throw invalid(pointer, `the table has no column "${name}"; it has ${columns.join(', ')}`);
  return name;
}

function variantsOf({ variants, traffic_split: split, control }: ExperimentAnalysisSettings): readonly string[] | undefined {
  const names = variants?.map((one) => (typeof one === 'string' ? one : one.name)) ?? (split && Object.keys(split));
  if (names === undefined) return undefined;
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid('/variants', `"${twice}" stands twice; name each variant once`);
  if (control !== undefined && !names.includes(control))
    throw invalid('/control', `"${control}" is no variant; those are ${names.join(', ')}`);
  if (split !== undefined) checkSplitWeights(split, names);
  return names;
}

function checkSplitWeights(split: Readonly<Record<string, number>>, names: readonly string[]): void {
  const strange = Object.keys(split).find((name) => !names.includes(name));
  if (strange !== undefined) throw invalid(`/traffic_split/${strange}`, `is no variant; those are ${names.join(', ')}`);
  const missing = names.find((name) => split[name] === undefined);
  if (missing !== undefined) throw invalid('/traffic_split', `has no weight for "${missing}"; give one for each variant`);
  const sum = Object.values(split).reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) > 1e-6)
    throw invalid('/traffic_split', `the weights add up to ${Number(sum.toPrecision(12))}; they must add up to 1`);
}

function methodOf({ method, sequential, planned_units: planned }: ExperimentAnalysisSettings): Method {
  if (method !== 'sequential') {
    if (sequential !== undefined && method === 'fixed')
      throw invalid('/sequential', 'does not go with method: fixed; remove one of them');
    if (sequential === undefined) return { kind: 'fixed' };
  }
  const mixture = sequential?.mixture ?? (sequential?.tuning_units === undefined ? 'two_peak' : 'confidence_sequence');
  const tunedUnits = sequential?.tuning_units;
  if (mixture === 'confidence_sequence')
    return { kind: 'sequential', mixture, ...(tunedUnits === undefined ? {} : { tunedUnits }) };
  if (mixture === 'two_peak') return { kind: 'sequential', mixture };
  // A normal mixture tuned to units is Johari's mSPRT at the τ that makes its interval narrowest there.
  if (sequential?.tau === undefined && planned !== undefined) return { kind: 'sequential', mixture: 'confidence_sequence' };
  if (sequential?.tau === undefined)
    throw invalid(
      '/sequential/tau',
      'is missing; msprt needs the standard deviation of the effects it bets on, such as 0.003, or planned_units to be tuned to',
    );
  return { kind: 'sequential', mixture, tau: sequential.tau };
}

/** Columns known before the exposure. A score counts only if one and the same model gave it in every arm. */
function covariatesOf({ covariates }: ExperimentAnalysisSettings, columns: readonly string[]): readonly string[] {
  if (covariates === undefined) return columns.filter((name) => name.startsWith('pre_'));
  return covariates.map((one, at) => {
    const pointer = `/covariates/${at}`;
    const { column, model } = typeof one === 'string' ? { column: one, model: undefined } : one;
    const models = typeof model === 'object' ? new Set(Object.values(model)) : undefined;
    if (models !== undefined && models.size > 1)
      throw invalid(
        `${pointer}/model`,
        `"${column}" is each variant's own score (${[...models].join(', ')}), so it is post-treatment and would take the effect away; score every arm by one and the same model before the exposure`,
      );
    if (!column.startsWith('pre_'))
      throw invalid(
        pointer,
        `"${column}" does not say that it was taken before the exposure, and what is measured after it is post-treatment; name a column pre_… that was`,
      );
    return present(column, columns, pointer);
  });
}

const invalid = (pointer: string, detail: string) => new TillcastError('INPUT_INVALID', `${pointer}: ${detail}`);
