import type { ParseExpression } from '../decisions/rules/expression.ts';
import { TillcastError } from '../errors/tillcast-error.ts';
import type { FieldProblem } from '../events/problems.ts';
import { parseDuration } from '../learning/duration.ts';
import type { Allocation, Experiment, Guardrail, LayerSlice } from './experiment.ts';
import { unitKinds } from './experiment.ts';
import { isRealised, type Metric, metricNames, metricOf, type RealisedMetric, realisedMetrics } from './metrics.ts';
import { readVariants, readWeights } from './parse-variants.ts';
import { FieldReader, openProblems, sayProblems } from './read-fields.ts';
import { targetingVocabulary } from './targeting.ts';

const known = [
  ...['experiment_id', 'description', 'variants', 'traffic_split', 'control', 'primary_metric', 'decision_metric'],
  ...['unit', 'salt', 'exposure_share', 'targeting', 'layers', 'holdout', 'start_at', 'stop_at', 'target', 'guardrails'],
  ...['minimum_run', 'maturity', 'allocation', 'analysis'],
];
/** The safe rollout of docs/guides/experiments.md: shares of all units that are treated. */
export const rolloutSteps: readonly number[] = [0.01, 0.05, 0.1, 0.25, 0.5];
const dayMs = 86_400_000;

/** An experiment, or everything that is wrong with it. */
export type ParsedExperiment =
  | { readonly experiment: Experiment; readonly problems: readonly [] }
  | { readonly experiment: undefined; readonly problems: readonly FieldProblem[] };

function readDuration(at: FieldReader, name: string): number | undefined {
  const text = at.text(name, 64);
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (error) {
    return at.refuse(name, error instanceof TillcastError ? error.message : 'is no duration');
  }
}

function readTargeting(at: FieldReader, parseTargeting: ParseExpression): Experiment['targeting'] {
  const text = at.text('targeting', 2_000);
  if (text === undefined) return undefined;
  try {
    return parseTargeting(text, 'targeting');
  } catch (error) {
    if (!(error instanceof TillcastError)) throw error;
    const facts = Object.keys(targetingVocabulary.facts).join(', ');
    return at.refuse('targeting', `${error.message}; it may ask about ${facts} and context.NAME`);
  }
}

function readLayers(at: FieldReader): readonly LayerSlice[] {
  return at.objects('layers', 8).flatMap((slice) => {
    slice.only('layer', 'from', 'to');
    const layer = slice.name('layer');
    const [from, to] = [slice.number('from', 0, 1), slice.number('to', 0, 1)];
    for (const name of ['layer', 'from', 'to']) if (!slice.has(name)) slice.refuse(name, 'is missing');
    if (layer === undefined || from === undefined || to === undefined) return [];
    if (from < to) return [{ layer, from, to }];
    slice.refuse('to', `is ${to}, not above from (${from}): the slice holds nobody`);
    return [];
  });
}

function readHoldout(at: FieldReader): Experiment['holdout'] {
  const holdout = at.object('holdout')?.only('name', 'share');
  if (holdout === undefined) return undefined;
  const [name, share] = [
    holdout.name('name') ?? (holdout.has('name') ? undefined : 'global'),
    holdout.number('share', 0.001, 0.5),
  ];
  if (!holdout.has('share')) holdout.refuse('share', 'is missing; give the share held out, such as 0.05');
  return name === undefined || share === undefined ? undefined : { name, share };
}

function readMetric(at: FieldReader, name: string): Metric | undefined {
  const text = at.text(name, 64);
  if (text === undefined) return undefined;
  return metricOf(text) ?? at.refuse(name, `is ${JSON.stringify(text)}; metrics are ${metricNames()}`);
}

function readRealised(at: FieldReader, name: string): RealisedMetric | undefined {
  const metric = readMetric(at, name);
  if (metric === undefined || isRealised(metric)) return metric;
  return at.refuse(
    name,
    `${metric} is the model's own prediction and decides nothing; give one of ${realisedMetrics.join(', ')}`,
  );
}

function readGuardrails(at: FieldReader): readonly Guardrail[] {
  return at.objects('guardrails', 8).flatMap((guardrail) => {
    guardrail.only('metric', 'max_drop');
    const metric = readRealised(guardrail, 'metric');
    if (!guardrail.has('metric')) guardrail.refuse('metric', `is missing; give one of ${realisedMetrics.join(', ')}`);
    const maxDrop = guardrail.has('max_drop') ? guardrail.number('max_drop', 0.001, 1) : 0.05;
    return metric === undefined || maxDrop === undefined ? [] : [{ metric, maxDrop }];
  });
}

function readAllocation(at: FieldReader, variants: number): Allocation {
  const allocation = at.object('allocation')?.only('kind', 'steps', 'step', 'every', 'min_share');
  const kind = allocation?.choice('kind', ['fixed', 'rollout', 'thompson'] as const);
  if (allocation === undefined || kind === undefined || kind === 'fixed') return { kind: 'fixed' };
  if (kind === 'thompson')
    return {
      kind,
      everyMs: readDuration(allocation, 'every') ?? dayMs,
      minShare: allocation.number('min_share', 0.001, 1 / Math.max(2, variants)) ?? 0.05,
    };
  if (variants !== 2) at.refuse('allocation', `is a rollout, which has two variants, control and treatment, not ${variants}`);
  const steps = allocation.list('steps', 16) ?? rolloutSteps;
  if (at.object('analysis')?.raw('method') === 'fixed')
    at.refuse(
      'analysis',
      'method: fixed is for one look, and a rollout is looked at every hour: leave method out, or set it to sequential',
    );
  const climbs = steps.every(
    (step, index) => typeof step === 'number' && step > (index === 0 ? 0 : (steps[index - 1] as number)) && step <= 0.5,
  );
  if (!climbs || steps.length === 0) allocation.refuse('steps', 'must climb from above 0 to at most 0.5: control gets as much');
  return { kind, steps: steps as number[], stepMs: readDuration(allocation, 'step') ?? dayMs };
}

function readMetrics(at: FieldReader): Pick<Experiment, 'primaryMetric' | 'decisionMetric'> {
  const primaryMetric = readMetric(at, 'primary_metric') ?? 'conversion';
  const decided = readRealised(at, 'decision_metric');
  return { primaryMetric, decisionMetric: decided ?? (isRealised(primaryMetric) ? primaryMetric : 'conversion') };
}

/** Fields that are left out where they are undefined. */
const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/**
 * Reads an experiment as a shop writes it; the reference configuration `{experiment_id, variants, traffic_split, primary_metric}` is whole.
 * @param parseTargeting reads the condition of `targeting` over `targetingVocabulary`.
 */
export function parseExperiment(value: unknown, parseTargeting: ParseExpression): ParsedExperiment {
  const problems = openProblems();
  const at = new FieldReader(value, '', problems).only(...known);
  const id = at.name('experiment_id');
  if (!at.has('experiment_id')) at.refuse('experiment_id', 'is missing; name the experiment');
  const variants = readVariants(at);
  const weights = readWeights(at, variants);
  const control = at.name('control') ?? variants[0]?.name ?? '';
  if (variants.length > 0 && !variants.some(({ name }) => name === control))
    at.refuse('control', `is ${JSON.stringify(control)}; the variants are ${variants.map(({ name }) => name).join(', ')}`);
  const [startAtMs, stopAtMs] = [at.instant('start_at'), at.instant('stop_at')];
  if (startAtMs !== undefined && stopAtMs !== undefined && stopAtMs <= startAtMs) at.refuse('stop_at', 'is not after start_at');
  const minimum = at.object('minimum_run')?.only('days', 'units_per_variant');
  const analysis = at.object('analysis')?.fields ?? {};
  const experiment: Experiment = {
    id: id ?? '',
    ...{ variants, control, weights, ...readMetrics(at), analysis },
    unit: at.choice('unit', unitKinds) ?? 'device',
    salt: at.name('salt') ?? id ?? '',
    exposureShare: at.number('exposure_share', 1e-6, 1) ?? 1,
    layers: readLayers(at),
    guardrails: readGuardrails(at),
    minimumRun: {
      days: minimum?.number('days', 0, 3_650) ?? 7,
      unitsPerVariant: minimum?.number('units_per_variant', 0, 1e9) ?? 100,
    },
    allocation: readAllocation(at, variants.length),
    ...given({
      ...{
        description: at.text('description'),
        targeting: readTargeting(at, parseTargeting),
        holdout: readHoldout(at),
        startAtMs,
        stopAtMs,
      },
      ...{ target: at.choice('target', ['item', 'session'] as const), maturityMs: readDuration(at, 'maturity') },
    }),
  };
  const { list } = problems;
  return list.length === 0 ? { experiment, problems: [] } : { experiment: undefined, problems: list };
}

/** The same; raises INPUT_INVALID with everything that is wrong. */
export function requireExperiment(value: unknown, parseTargeting: ParseExpression): Experiment {
  const { experiment, problems } = parseExperiment(value, parseTargeting);
  if (experiment === undefined) throw new TillcastError('INPUT_INVALID', sayProblems(problems));
  return experiment;
}
