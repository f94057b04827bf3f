import { TillcastError } from '../../errors/tillcast-error.ts';
import type { Interval } from '../../learning/metric.ts';
import { meanInterval } from '../uplift/mean-interval.ts';

/** Decisions that were logged while another policy ran. Arm 0 is no treatment. */
export interface LoggedDecisions {
  readonly count: number;
  /** The arm each unit got. */
  readonly arm: ArrayLike<number>;
  /** P(that arm) under the policy that ran, as logged. */
  readonly propensity: ArrayLike<number>;
  /** What the unit brought, in money. */
  readonly reward: ArrayLike<number>;
}

/** The policy to be valued: P(arm) for a unit; the arms of a unit sum to 1. */
export type NewPolicy = (unit: number, arm: number) => number;

/** What a policy would have earned a unit, by three estimators; 95 % intervals. */
export interface OffPolicyValue {
  /** Inverse propensity (Horvitz and Thompson 1952). */
  readonly ips: Interval;
  /** Self-normalised (Hájek; Swaminathan and Joachims 2015, eq. 6), delta method. */
  readonly selfNormalised: Interval;
  /** Doubly robust (Dudík, Langford and Li 2011, eq. 1); absent without expectations. */
  readonly doublyRobust?: Interval;
  /** Kish's (Σw)² / Σw²: how many units' worth of evidence the log holds for this policy. */
  readonly effectiveUnits: number;
  readonly units: number;
  /** Mean weight: 1 in expectation where propensities are right. */
  readonly meanWeight: Interval;
}

/** Expected reward of a unit under an arm, from models that never saw the unit. */
export type ExpectedReward = (unit: number, arm: number) => number;

/** What an evaluation is told besides the log and the policy. */
export interface OffPolicyOptions {
  readonly arms: number;
  readonly expected?: ExpectedReward;
  /** P(arm) under the policy that ran, for arms not taken too: checks that nothing the new policy wants was impossible. */
  readonly logged?: NewPolicy;
  /** Fewest effective units an answer is given for; 100 unless told. */
  readonly fewest?: number;
}

/**
 * Values a policy from decisions logged under another. Refused where the log cannot know: a propensity outside (0, 1], an arm the new policy wants that
 * was never possible, a mean weight that contradicts the logged propensities, or too few effective units.
 */
export function evaluateOffPolicy(log: LoggedDecisions, policy: NewPolicy, options: OffPolicyOptions): OffPolicyValue {
  checkPropensities(log);
  if (options.logged !== undefined) checkOverlap(log.count, policy, options.logged, options.arms);
  const weights = Float64Array.from({ length: log.count }, (_, unit) => policy(unit, log.arm[unit]!) / log.propensity[unit]!);
  const meanWeight = meanInterval(log.count, (unit) => weights[unit]!);
  checkWeights(meanWeight);
  const effectiveUnits = effectiveUnitsOf(weights);
  checkEvidence(effectiveUnits, log.count, options.fewest ?? 100);
  const { expected } = options;
  return {
    ips: meanInterval(log.count, (unit) => weights[unit]! * log.reward[unit]!),
    selfNormalised: selfNormalised(log, weights),
    ...(expected === undefined ? {} : { doublyRobust: doublyRobust(log, weights, policy, expected, options.arms) }),
    ...{ effectiveUnits, units: log.count, meanWeight },
  };
}

function selfNormalised({ count, reward }: LoggedDecisions, weights: Float64Array): Interval {
  let [sum, weighted] = [0, 0];
  for (let unit = 0; unit < count; unit++) {
    sum += weights[unit]!;
    weighted += weights[unit]! * reward[unit]!;
  }
  const value = weighted / sum;
  const spread = meanInterval(count, (unit) => (weights[unit]! * (reward[unit]! - value) * count) / sum);
  const half = spread.high - spread.value;
  return { value, low: value - half, high: value + half };
}

function doublyRobust(
  { count, arm, reward }: LoggedDecisions,
  weights: Float64Array,
  policy: NewPolicy,
  expected: ExpectedReward,
  arms: number,
): Interval {
  return meanInterval(count, (unit) => {
    let direct = 0;
    for (let one = 0; one < arms; one++) direct += policy(unit, one) * expected(unit, one);
    return direct + weights[unit]! * (reward[unit]! - expected(unit, arm[unit]!));
  });
}

/** Kish 1965, section 8.2. */
function effectiveUnitsOf(weights: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}

function checkPropensities({ count, propensity }: LoggedDecisions): void {
  if (count === 0) throw refusal('the log holds no decision; log decisions with an exploration share first');
  for (let unit = 0; unit < count; unit++)
    if (!(propensity[unit]! > 0 && propensity[unit]! <= 1))
      throw refusal(
        `the propensity of decision ${unit} is ${propensity[unit]}; it must lie above 0 and at most at 1, as it was when the decision was drawn`,
      );
}

function checkOverlap(count: number, policy: NewPolicy, logged: NewPolicy, arms: number): void {
  for (let unit = 0; unit < count; unit++)
    for (let arm = 0; arm < arms; arm++)
      if (policy(unit, arm) > 0 && !(logged(unit, arm) > 0))
        throw refusal(
          `decision ${unit}: the new policy wants arm ${arm}, which could not happen under the old one (propensity 0); run with an exploration share above 0 first`,
        );
}

/** Weights average 1 if each was drawn with the chance that was logged; six standard errors off is no chance. */
function checkWeights({ value, high }: Interval): void {
  const far = 3 * (high - value);
  if (Math.abs(value - 1) > Math.max(far, 1e-9))
    throw refusal(
      `the mean weight is ${value.toFixed(3)} instead of 1: the logged propensities are not those the decisions were drawn with, or the new policy wants what was never tried`,
    );
}

function checkEvidence(effective: number, count: number, fewest: number): void {
  if (effective < fewest)
    throw refusal(
      `the log is worth only ${effective.toFixed(1)} of its ${count} decisions for this policy, at least ${fewest} are needed: the two policies differ too much; explore more, or change less`,
    );
}

const refusal = (text: string): TillcastError => new TillcastError('GATE_REFUSED', `off-policy evaluation: ${text}`);
