import { join } from 'node:path';
import { crossFittedRewards } from '@tillcast/core/decisions/policy/cross-fitted-rewards';
import { evaluateOffPolicy, type OffPolicyValue } from '@tillcast/core/decisions/policy/off-policy';
import { policyEffects, type TreatmentPolicy } from '@tillcast/core/decisions/policy/policy';
import type { Budget } from '@tillcast/core/decisions/policy/set-budget';
import { meanInterval } from '@tillcast/core/decisions/uplift/mean-interval';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Interval } from '@tillcast/core/learning/metric';
import { type BudgetReport, budgetReport, chancesOf, withBudget } from './budget-report.ts';
import { readPolicy, versionsIn } from './policies.ts';
import { readUnits } from './read-units.ts';
import { propensityOfGot } from './units.ts';

/** Which policy is valued, on which decisions. */
export interface EvaluatePolicyOptions {
  readonly folder: string;
  readonly name: string;
  readonly version?: number;
  readonly file: string;
  readonly variants: readonly string[];
  /** Valued within this budget instead of the policy's own. */
  readonly budget?: Budget;
  /** What treatments take out of a budget, by name; default: as the policy says. */
  readonly costs?: Readonly<Record<string, number>>;
}

/** A policy's value on logged decisions; units' profits. */
export interface EvaluatedPolicy {
  readonly policy: TreatmentPolicy;
  readonly value: OffPolicyValue;
  /** What the decisions of the log themselves earned. */
  readonly logged: Interval;
  /** Absent: the policy has no budget. */
  readonly bought?: BudgetReport;
}

/** Values a policy off-policy, exploration included: as it would run. */
export async function evaluatePolicy(options: EvaluatePolicyOptions): Promise<EvaluatedPolicy> {
  const { folder, name, version, file, variants, budget, costs = {} } = options;
  const place = join(folder, name);
  const versions = versionsIn(place);
  const wanted = version ?? versions.at(-1);
  if (wanted === undefined || !versions.includes(wanted))
    throw new TillcastError(
      'POLICY_NOT_FOUND',
      `there is no policy "${name}"${version === undefined ? '' : ` of version ${version}`} in ${folder}`,
    );
  const kept = readPolicy(join(place, String(wanted)));
  const treatments = kept.treatments.map((one) => ({ ...one, cost: costs[one.name] ?? one.cost }));
  const units = await readUnits({ file, arms: variants, features: kept.featureNames });
  const arms = variants.length;
  const effects = policyEffects(kept, units.features, units.count);
  const policy = budget === undefined ? { ...kept, treatments } : withBudget({ ...kept, treatments }, budget, effects);
  const armOf = treatmentArms(policy, variants);
  const chances = chancesOf(policy, effects, armOf, arms);
  const expected = crossFittedRewards({ ...units, featureCount: units.featureNames.length, arms });
  const propensity = propensityOfGot(units);
  const value = evaluateOffPolicy({ ...units, propensity, reward: units.profit }, (unit, arm) => chances[unit * arms + arm]!, {
    arms,
    expected: (unit, arm) => expected[unit * arms + arm]!,
    logged: (unit, arm) => units.propensities[unit * arms + arm]!,
  });
  const logged = meanInterval(units.count, (unit) => units.profit[unit]!);
  const bought = policy.budget && { bought: budgetReport(policy, units, effects, { armOf, expected }) };
  return { policy, value, logged, ...bought };
}

/** The arm of the log that each treatment of the policy is. */
function treatmentArms({ treatments }: TreatmentPolicy, variants: readonly string[]): readonly number[] {
  return treatments.map(({ name }) => {
    const arm = variants.indexOf(name);
    if (arm < 1)
      throw new TillcastError(
        'INPUT_INVALID',
        `--variants ${variants.join(',')} lacks the treatment "${name}" of the policy, or names it first; no treatment comes first`,
      );
    return arm;
  });
}
