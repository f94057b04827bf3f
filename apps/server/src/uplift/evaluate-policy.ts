import { join } from 'node:path';
import { crossFittedRewards } from '@tillcast/core/decisions/policy/cross-fitted-rewards';
import { bestTreatment, propensitiesOf } from '@tillcast/core/decisions/policy/decide';
import { evaluateOffPolicy, type OffPolicyValue } from '@tillcast/core/decisions/policy/off-policy';
import { policyEffects, type TreatmentPolicy } from '@tillcast/core/decisions/policy/policy';
import { meanInterval } from '@tillcast/core/decisions/uplift/mean-interval';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Interval } from '@tillcast/core/learning/metric';
import { readPolicy, versionsIn } from './policies.ts';
import { readUnits } from './read-units.ts';
import type { ExperimentUnits } from './units.ts';

/** Which policy is valued, on which decisions. */
export interface EvaluatePolicyOptions {
  readonly folder: string;
  readonly name: string;
  readonly version?: number;
  readonly file: string;
  readonly variants: readonly string[];
}

/** A policy's value on logged decisions; units' profits. */
export interface EvaluatedPolicy {
  readonly policy: TreatmentPolicy;
  readonly value: OffPolicyValue;
  /** What the decisions of the log themselves earned. */
  readonly logged: Interval;
}

/** Values a policy off-policy, exploration included: as it would run. */
export async function evaluatePolicy({ folder, name, version, file, variants }: EvaluatePolicyOptions): Promise<EvaluatedPolicy> {
  const place = join(folder, name);
  const versions = versionsIn(place);
  const wanted = version ?? versions.at(-1);
  if (wanted === undefined || !versions.includes(wanted))
    throw new TillcastError(
      'POLICY_NOT_FOUND',
      `there is no policy "${name}"${version === undefined ? '' : ` of version ${version}`} in ${folder}`,
    );
  const policy = readPolicy(join(place, String(wanted)));
  const units = await readUnits({ file, arms: variants, features: policy.featureNames });
  const chances = chancesOf(policy, units, treatmentArms(policy, variants));
  const arms = variants.length;
  const expected = crossFittedRewards({ ...units, featureCount: units.featureNames.length, arms });
  const propensity = Float64Array.from(units.arm, (arm, unit) => units.propensities[unit * arms + arm]!);
  const value = evaluateOffPolicy({ ...units, propensity, reward: units.profit }, (unit, arm) => chances[unit * arms + arm]!, {
    arms,
    expected: (unit, arm) => expected[unit * arms + arm]!,
    logged: (unit, arm) => units.propensities[unit * arms + arm]!,
  });
  return { policy, value, logged: meanInterval(units.count, (unit) => units.profit[unit]!) };
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

/** P(arm) of each unit under the policy: `arms` numbers a unit. */
function chancesOf(policy: TreatmentPolicy, units: ExperimentUnits, armOf: readonly number[]): Float64Array {
  const arms = units.arms.length;
  const chances = new Float64Array(units.count * arms);
  const effects = policyEffects(policy, units.features, units.count);
  for (let unit = 0; unit < units.count; unit++) {
    const wanted = bestTreatment(effects.map((one) => one[unit]!));
    const given = propensitiesOf(wanted, effects.length, policy.explorationShare);
    let left = 1;
    for (const [treatment, chance] of given.entries()) {
      chances[unit * arms + armOf[treatment]!] = chance;
      left -= chance;
    }
    chances[unit * arms] = Math.max(0, left);
  }
  return chances;
}
