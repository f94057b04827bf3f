import type { Experiment } from '@tillcast/core/experiments/experiment';
import { isRealised } from '@tillcast/core/experiments/metrics';
import { analyse } from '@tillcast/core/experiments/statistics/analyse';
import type { Analysis, Comparison } from '@tillcast/core/experiments/statistics/analysis';
import { collectUnits } from '@tillcast/core/experiments/statistics/units';
import { type ExperimentUnit, heldOut, unitColumns } from '@tillcast/core/experiments/unit-table';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { onWire } from '../serving/answer.ts';
import { inWords } from '../serving/spoken.ts';
import { analysisAnswer } from './analyse-answer.ts';
import { planOf } from './analyse-plan.ts';
import { checkAnalysisSettings } from './analyse-settings.ts';
import { mustReadExperiment } from './read-experiment.ts';
import { readUnits, type UnitSources } from './read-units.ts';
import { designedWeights, type WeightPeriod, weightPeriods } from './weight-periods.ts';

/** How long outcomes count where neither the experiment nor a model says. */
export const defaultMaturityMs = 86_400_000;
const dayMs = 86_400_000;

/** How long after its exposure a unit's outcomes count: as registered, else the horizon of the models. */
export const maturityOf = ({ maturityMs }: Experiment, { pinned }: Pick<ExperimentRevision, 'pinned'>): number =>
  maturityMs ?? pinned?.horizonMs ?? defaultMaturityMs;

/**
 * The registered rule of an experiment, in the words of the analysis. Of models it takes that the recommendation is acted upon: where nothing a shopper can notice
 * follows from the score, `analysis: {action: none}` says so, and the report then says that this is an A/A test.
 *  What `analysis` says stands above what follows from the experiment.
 */
export function settingsOf(
  experiment: Experiment,
  revision: Pick<ExperimentRevision, 'pinned'>,
): Readonly<Record<string, unknown>> {
  const { variants, weights, control, primaryMetric, decisionMetric, guardrails, minimumRun, unit } = experiment;
  const isOfModels = revision.pinned !== undefined;
  const names = variants.map(({ name }) => name);
  const others = ['conversion', 'orders', 'revenue'].filter((name) => name !== decisionMetric);
  const guarded = guardrails.map(({ metric }) => metric).filter((name) => name !== decisionMetric && !others.includes(name));
  return {
    experiment_id: experiment.id,
    ...{ variants: names, control, holdout: heldOut, primary_metric: primaryMetric },
    traffic_split: Object.fromEntries(names.map((name, index) => [name, weights[index]!])),
    metrics: [{ name: decisionMetric, role: 'primary' }, ...others, ...guarded],
    guardrails: guardrails.map(({ metric, maxDrop }) => ({ metric, max_drop: maxDrop })),
    covariates: ['pre_events', 'pre_orders', 'pre_revenue', ...(isOfModels ? [{ column: 'pre_score', model: 'control' }] : [])],
    method: 'sequential',
    minimum_days: minimumRun.days,
    maturity_days: maturityOf(experiment, revision) / dayMs,
    ...(unit === 'session' ? { cluster: 'cluster' } : {}),
    ...(isOfModels ? { variants_are: 'models', action: 'recommendation', trigger: 'differs' } : {}),
    ...experiment.analysis,
  };
}

/** What was asked for and does not decide, and why. */
const notesOn = ({ primaryMetric, decisionMetric }: Experiment): string[] =>
  isRealised(primaryMetric)
    ? []
    : [
        `primary_metric ${primaryMetric} is what each variant's model says of itself: it is shown, and ${decisionMetric} per exposed unit, realised within the maturity window, decides`,
      ];

const isOwnWordNote = (note: string): boolean => note.includes("is a model's own word");

/** Why figures over several splits must be read with care. */
const notesOnWeights = (periods: readonly WeightPeriod[]): string[] =>
  periods.length < 2
    ? []
    : [
        `the split changed ${periods.length - 1} times while it ran: variants differ in when their units came, and a shop that changed meanwhile looks like a difference between them; the split is checked against what each period was designed to give`,
      ];

/** Units a variant must have before anything is decided, as registered. */
function tooFew({ minimumRun }: Experiment, counts: readonly { readonly n: number }[]): string | undefined {
  const least = Math.min(...counts.map(({ n }) => n));
  return least >= minimumRun.unitsPerVariant
    ? undefined
    : `not yet: the smallest variant has ${least} mature units, and ${minimumRun.unitsPerVariant} were registered as the least`;
}

/** Why nothing can be compared yet: nobody was exposed, or nobody's outcome is known. */
function nothingYet({ arms, excluded }: Analysis, maturityMs: number, firstMs: number | undefined): string | undefined {
  if (arms.some(({ n }) => n > 0)) return undefined;
  if (firstMs === undefined) return 'not yet: nobody has been exposed';
  if (excluded.immature === 0) return undefined;
  return `not yet: ${excluded.immature.toLocaleString('en')} shoppers were exposed, and nobody’s outcome is known: what they do counts for ${inWords(maturityMs)} from the exposure on, for the first of them until ${onWire(firstMs + maturityMs).slice(0, 16)}Z`;
}

/**
 * The variant that does best so far in what decides, and whether it is known to be better than the control (of the control: than every variant). Undefined
 * where nothing is measured.
 */
function bestSoFar({ arms, comparisons }: Analysis, alpha: number) {
  const primary = comparisons.filter(({ metric }) => metric.role === 'primary');
  const metric = primary[0]?.metric;
  if (metric === undefined || primary.every(({ figures }) => figures === undefined)) return undefined;
  const sign = metric.better === 'higher' ? 1 : -1;
  const gainOf = ({ means }: Analysis['arms'][number]): number => sign * (means[metric.name] ?? Number.NEGATIVE_INFINITY);
  const best = arms.toSorted((a, b) => gainOf(b) - gainOf(a))[0]!;
  const isControl = best === arms[0];
  const isShown = ({ figures }: Comparison): boolean => figures !== undefined && figures.holm <= alpha;
  const isKnown = isControl ? primary.every(isShown) : primary.some((one) => one.variant === best.name && isShown(one));
  return { variant: best.name, mean: best.means[metric.name] ?? null, is_known: isKnown };
}

/** Analyses units by the registered rule, as of a moment. */
export function analyseUnits(
  experiment: Experiment,
  revision: Pick<ExperimentRevision, 'pinned' | 'id' | 'version' | 'state'>,
  units: readonly ExperimentUnit[],
  asOfMs: number,
  periods: readonly WeightPeriod[] = [],
) {
  const weights = designedWeights(periods, units) ?? experiment.weights;
  const { settings } = checkAnalysisSettings(
    settingsOf({ ...experiment, weights }, revision),
    `experiment ${experiment.id}: analysis`,
  );
  const columns = [...unitColumns, ...(experiment.unit === 'session' ? ['cluster'] : [])];
  const { plan, arms, numbers } = planOf(settings, columns);
  const places = numbers.map((name) => (unitColumns as readonly string[]).indexOf(name));
  const collector = collectUnits(numbers, arms);
  for (const unit of units) collector.add({ ...unit, values: places.map((place) => unit.values[place]!) }, `unit ${unit.unit}`);
  const analysis = analyse(collector.finish(), plan, asOfMs);
  const answer = analysisAnswer(analysis);
  const few = tooFew(experiment, analysis.arms);
  const exposedMs = units.filter(({ variant }) => variant !== heldOut).map(({ exposedAtMs }) => exposedAtMs);
  const firstMs = exposedMs.length === 0 ? undefined : exposedMs.reduce((a, b) => Math.min(a, b));
  const nothing = nothingYet(analysis, plan.maturityMs, firstMs);
  const instead = nothing ?? (analysis.verdict.action === 'ship' ? few : undefined);
  const best = nothing === undefined ? bestSoFar(analysis, plan.assurance.alpha) : undefined;
  const shown = notesOn(experiment);
  return {
    experiment_id: revision.id,
    version: revision.version,
    state: revision.state,
    primary_metric: experiment.primaryMetric,
    decision_metric: experiment.decisionMetric,
    models: revision.pinned?.models ?? {},
    maturity_days: plan.maturityMs / dayMs,
    ...answer,
    ...(instead === undefined ? {} : { verdict: instead, decision: { action: 'not_yet' as const } }),
    best_so_far: best ?? null,
    // Said once: the analysis has the same note on any model's own word.
    notes: [...shown, ...notesOnWeights(periods), ...answer.notes.filter((note) => shown.length === 0 || !isOwnWordNote(note))],
    as_of: onWire(asOfMs),
  };
}

export type ExperimentReport = ReturnType<typeof analyseUnits>;

/**
 * What an experiment says as of a moment.
 * @param history all of its revisions; the last one counts.
 */
export async function experimentResults(
  history: readonly ExperimentRevision[],
  sources: UnitSources,
  asOfMs: number,
): Promise<ExperimentReport> {
  const revision = history.at(-1)!;
  const experiment = mustReadExperiment(revision.config);
  const units = await readUnits(experiment, sources, { asOfMs, maturityMs: maturityOf(experiment, revision) });
  const known = history.filter(({ atMs }) => atMs <= asOfMs);
  return analyseUnits(experiment, revision, [...units], asOfMs, weightPeriods(known));
}
