import type { Comparison, CupedResult, Figures } from './analysis.ts';
import { posteriorOf } from './bayesian.ts';
import { type Compared, compare, whyNotMeasurable } from './compare.ts';
import type { Estimate } from './estimate.ts';
import type { Counted, Measured, Unmeasured } from './measure.ts';
import { leftOut } from './moments.ts';
import { benjaminiHochberg, holm } from './multiple-tests.ts';
import type { AnalysisPlan, MetricPlan } from './plan.ts';
import { type SequentialRule, sequentialTest } from './sequential.ts';
import { type Test, waldTest, welchTest } from './two-sample-test.ts';

/** GrowthBook's tuning, for want of a plan. */
const UNPLANNED_UNITS = 5_000;

/** Each variant against control in each metric, with p-values adjusted over variants (Holm) and metrics (Benjamini–Hochberg). */
export function compareAll(
  counted: Counted,
  plan: AnalysisPlan,
  measured: readonly (Measured | Unmeasured)[],
  covariates: readonly string[],
): Comparison[] {
  const units = counted.arm.reduce((sum, arm) => (arm === leftOut ? sum : sum + 1), 0);
  const raw = counted.arms.slice(1).flatMap((variant, at) =>
    plan.metrics.map((metric, m): Comparison => {
      const one = measured[m]!;
      if ('reason' in one) return { variant, metric, notMeasurable: one.reason };
      const reason = whyNotMeasurable(one.estimates[0]!, one.estimates[at + 1]!);
      if (reason !== undefined) return { variant, metric, notMeasurable: reason };
      return { variant, metric, figures: figuresOf(one, at + 1, metric, plan, { covariates, units }) };
    }),
  );
  const overVariants = adjustWithin(raw, ({ metric }) => metric.name, holm);
  const overMetrics = adjustWithin(raw, ({ variant }) => variant, benjaminiHochberg);
  return raw.map((one, at) =>
    one.figures === undefined
      ? one
      : { ...one, figures: { ...one.figures, holm: overVariants[at]!, falseDiscovery: overMetrics[at]! } },
  );
}

function adjustWithin(
  comparisons: readonly Comparison[],
  family: (one: Comparison) => string,
  adjust: (pValues: readonly number[]) => number[],
): number[] {
  const out = new Array<number>(comparisons.length).fill(1);
  for (const places of Map.groupBy(comparisons.keys(), (at) => family(comparisons[at]!)).values()) {
    const known = places.filter((at) => comparisons[at]!.figures !== undefined);
    const adjusted = adjust(known.map((at) => comparisons[at]!.figures!.decisive.pValue));
    for (const [i, at] of known.entries()) out[at] = adjusted[i]!;
  }
  return out;
}

interface Around {
  readonly covariates: readonly string[];
  /** That count, over all arms. */
  readonly units: number;
}

function figuresOf(one: Measured, arm: number, metric: MetricPlan, plan: AnalysisPlan, { covariates, units }: Around): Figures {
  const [control, treatment] = [one.estimates[0]!, one.estimates[arm]!];
  const { alpha } = plan.assurance;
  const isNormal = metric.shape.kind === 'proportion' || metric.shape.kind === 'quantile';
  const once: Test = isNormal ? waldTest(alpha) : welchTest(alpha);
  const always = plan.method.kind === 'fixed' ? undefined : sequentialTest(alpha, ruleOf(plan, units, control.n + treatment.n));
  const fixed = compare(control, treatment, once);
  const alwaysValid = always && compare(control, treatment, always);
  const pair = one.adjust?.(arm);
  const cuped = pair && cupedOf(pair, fixed, once, covariates);
  const isCuped = plan.isDecidedByCuped && pair !== undefined;
  const [a, b]: readonly [Estimate, Estimate] = isCuped ? pair : [control, treatment];
  const decisive: Compared = isCuped ? compare(...pair, always ?? once) : (alwaysValid ?? fixed);
  return {
    ...{ fixed, decisive, holm: 1, falseDiscovery: 1 },
    ...(alwaysValid !== undefined && { alwaysValid }),
    ...(cuped !== undefined && { cuped }),
    ...(a.baseMean !== 0 && { posterior: posteriorOf(a, b, 'lift', alpha, plan.prior) }),
    ...(one.cap !== undefined && { cap: one.cap }),
  };
}

function cupedOf(pair: readonly [Estimate, Estimate], raw: Compared, test: Test, covariates: readonly string[]): CupedResult {
  const compared = compare(...pair, test);
  return { compared, varianceRatio: (compared.standardError / raw.standardError) ** 2, covariates };
}

/**
 * The always-valid rule, tuned to the plan: with as many units as planned, each comparison has as much of its own as it was tuned to, however the arms
 * are weighted and whether units or clusters of them are what is independent.
 * @param units that count, over all arms.
 */
export function ruleOf({ method, plannedUnits }: AnalysisPlan, units: number, pair: number): SequentialRule {
  if (method.kind === 'sequential' && method.mixture === 'msprt') return { kind: 'msprt', tau: method.tau };
  const planned = plannedUnits === undefined ? undefined : (plannedUnits * pair) / units;
  if (method.kind === 'sequential' && method.mixture === 'confidence_sequence')
    return { kind: 'confidence_sequence', tunedUnits: method.tunedUnits ?? planned ?? UNPLANNED_UNITS };
  return planned === undefined
    ? { kind: 'confidence_sequence', tunedUnits: UNPLANNED_UNITS }
    : { kind: 'two_peak', plannedUnits: planned };
}
