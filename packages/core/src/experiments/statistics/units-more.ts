import type { Compared } from './compare.ts';
import type { AnalysisPlan } from './plan.ts';
import { sequentialInflation } from './power.ts';
import { upperQuantile } from './special/normal.ts';

/**
 * Units over all arms at which the smallest lift worth knowing is seen with the power registered; `units` = those the comparison rests on.
 * Standard errors fall with the root of the units, so f = ((z_{α/2} + z_β) SE / δ)² times as many are needed. It looks at the smallest lift worth
 * knowing, never at the lift observed, whose power is the p-value said again (Hoenig and Heisey 2001). Infinite where control's mean is 0.
 */
export function unitsForPlan(compared: Compared, units: number, plan: AnalysisPlan, variants: number): number {
  if (plan.plannedUnits !== undefined) return plan.plannedUnits;
  const { alpha, power } = plan.assurance;
  const z = upperQuantile(alpha / (2 * variants)) + upperQuantile(1 - power);
  const wanted = plan.minimumLift * Math.abs(compared.controlMean);
  const times = wanted === 0 ? Number.POSITIVE_INFINITY : ((z * compared.standardError) / wanted) ** 2;
  return Math.ceil(units * times * (plan.method.kind === 'sequential' ? sequentialInflation : 1));
}
