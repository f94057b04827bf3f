import type { Analysis, ArmResult, Comparison, SplitResult } from './analysis.ts';
import { armInterval } from './arm-interval.ts';
import { sumByCluster } from './clusters.ts';
import { compareAll } from './compare-all.ts';
import { type ReadyCovariates, readyCovariates } from './covariates.ts';
import type { Estimate } from './estimate.ts';
import { type Counted, measure } from './measure.ts';
import { leftOut } from './moments.ts';
import type { AnalysisPlan, MetricPlan } from './plan.ts';
import { exposureSpan, splitHistory } from './split-history.ts';
import { checkSplit } from './srm.ts';
import type { Units } from './units.ts';
import { decide } from './verdict.ts';

const dayMs = 86_400_000;

/** Analyses an experiment's units by its registered plan, as they were known at `asOfMs` (absent: all of them). */
export function analyse(units: Units, plan: AnalysisPlan, asOfMs?: number): Analysis {
  const eligible = eligibleUnits(units, plan, asOfMs);
  const split = splitOf(units, eligible.arm, plan);
  const triggered = triggeredUnits(units, eligible.arm, plan.triggerColumn);
  const counted: Counted = { ...units, arm: triggered?.arm ?? eligible.arm };
  const covariates = readyCovariates(counted, plan.covariates);
  const ready: Counted = { ...counted, columns: covariates.columns };
  const measured = plan.metrics.map((metric) => measure(ready, metric.shape, covariates.names));
  const comparisons = compareAll(ready, plan, measured, covariates.names);
  const span = exposureSpan(eligible.arm, units.exposedAtMs);
  const days = span === undefined ? undefined : (span.untilMs - span.fromMs) / dayMs;
  const counts = countByArm(counted.arm, units.arms.length);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const byMetric = <T>(arm: number, read: (estimate: Estimate, metric: MetricPlan) => T): Record<string, T | null> =>
    Object.fromEntries(
      plan.metrics.map((metric, m) => {
        const one = measured[m]!;
        return [metric.name, 'reason' in one || counts[arm] === 0 ? null : read(one.estimates[arm]!, metric)];
      }),
    );
  const arms: ArmResult[] = units.arms.map((name, arm) => ({
    ...{ name, n: counts[arm]! },
    means: byMetric(arm, ({ mean }) => mean),
    intervals: byMetric(arm, (estimate, { shape }) => armInterval(estimate, shape.kind === 'proportion')),
  }));
  const share = triggered === undefined || all === 0 ? undefined : all / eligible.count;
  const verdict = decide(
    { comparisons, split, units: all, ...(days !== undefined && { days }), ...(share !== undefined && { share }) },
    plan,
  );
  return {
    ...(asOfMs !== undefined && { asOfMs }),
    ...{ arms, comparisons, split, verdict },
    excluded: { ...units.excluded, later: eligible.later, immature: eligible.immature },
    ...(triggered !== undefined && { triggered: { units: all, share: eligible.count === 0 ? 0 : all / eligible.count } }),
    ...(days !== undefined && { days }),
    notes: [...notesOf(plan, comparisons, covariates, units, triggered?.unknown ?? 0), ...notesOnClusters(counted)],
  };
}

/** Units exposed by the moment, and long enough ago for their outcome to be known. */
function eligibleUnits({ arm, exposedAtMs }: Units, { maturityMs }: AnalysisPlan, asOfMs = Number.POSITIVE_INFINITY) {
  const kept = arm.slice();
  let [later, immature, count] = [0, 0, 0];
  for (let row = 0; row < kept.length; row++) {
    if (kept[row] === leftOut) continue;
    const at = exposedAtMs[row]!;
    if (at > asOfMs) later++;
    else if (at + maturityMs > asOfMs) immature++;
    else {
      count++;
      continue;
    }
    kept[row] = leftOut;
  }
  return { arm: kept, later, immature, count };
}

function triggeredUnits({ columns }: Units, arm: Uint8Array, name: string | undefined) {
  if (name === undefined) return undefined;
  const column = columns.get(name);
  if (column === undefined) return undefined;
  let unknown = 0;
  const kept = arm.map((of, row) => {
    if (of === leftOut) return leftOut;
    if (Number.isNaN(column[row])) unknown++;
    return column[row] === 1 ? of : leftOut;
  });
  return { arm: kept, unknown };
}

function splitOf({ arms, exposedAtMs }: Units, arm: Uint8Array, plan: AnalysisPlan): SplitResult {
  const weights = arms.map((name) => plan.weights?.[name] ?? (plan.weights === undefined ? 1 : 0));
  const counts = countByArm(arm, arms.length);
  const check = checkSplit(counts, weights, plan.split);
  const daily =
    plan.method.kind === 'fixed'
      ? undefined
      : splitHistory(arm, exposedAtMs, weights, {
          ...plan.split,
          ...(plan.plannedUnits !== undefined && { plannedUnits: plan.plannedUnits }),
        });
  return { check, counts, weights, ...(daily !== undefined && { daily }), isAlarm: daily?.isAlarm ?? check.isAlarm };
}

function countByArm(arm: Uint8Array, arms: number): number[] {
  const counts = new Array<number>(arms).fill(0);
  for (const of of arm) if (of !== leftOut) counts[of]!++;
  return counts;
}

/** Whether an always-valid test knows no number of units to be tuned to. */
const isUntuned = ({ method, plannedUnits }: AnalysisPlan): boolean =>
  plannedUnits === undefined &&
  method.kind === 'sequential' &&
  (method.mixture === 'two_peak' || (method.mixture === 'confidence_sequence' && method.tunedUnits === undefined));

function notesOf(
  plan: AnalysisPlan,
  comparisons: readonly Comparison[],
  { refused }: ReadyCovariates,
  units: Units,
  triggerUnknown: number,
): string[] {
  const notes = refused.map(({ name, reason }) => `covariate ${name} is not used: ${reason}`);
  for (const { name, role } of plan.metrics)
    if (role === 'shown') notes.push(`${name} is a model's own word: shown, and never decides`);
  if (plan.models !== undefined && plan.triggerColumn === undefined)
    notes.push(
      'variants are models: units whose decision is the same in every arm can only add noise; name the column that tells them as trigger',
    );
  if (plan.triggerColumn !== undefined && !units.columns.has(plan.triggerColumn))
    notes.push(`the table has no column "${plan.triggerColumn}": all units are compared, triggered or not`);
  if (triggerUnknown > 0)
    notes.push(`${triggerUnknown} units have no value of "${plan.triggerColumn}" and count as not triggered`);
  if (isUntuned(plan))
    notes.push(
      'no planned_units: always-valid intervals are tuned to 5,000 units as a confidence sequence, wider than they need be',
    );
  if (plan.method.kind === 'fixed' && plan.plannedUnits === undefined && comparisons.length > 0)
    notes.push(
      'no planned_units: these figures are right for one look, fixed beforehand; for daily looks choose method: sequential',
    );
  return notes;
}

function notesOnClusters({ cluster, arm }: Counted): string[] {
  if (cluster === undefined) return [];
  const { crossed } = sumByCluster(cluster, arm, []);
  const told = ['units come in clusters: each cluster counts as one independent thing (delta method)'];
  return crossed === 0 ? told : [...told, `${crossed} clusters have units in several variants and are left out`];
}
