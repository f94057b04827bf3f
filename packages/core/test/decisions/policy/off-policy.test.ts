import { describe, expect, it } from 'vitest';
import { evaluateOffPolicy, type NewPolicy } from '../../../src/decisions/policy/off-policy.ts';
import { openRandom, type Random } from '../../../src/simulation/random.ts';

/** Two kinds of shoppers: a coupon earns 2 on one and costs 1 on the other. Logged by a rule that treats the first kind seven times in ten. */
function logOf(random: Random, count: number) {
  const kind = Uint8Array.from({ length: count }, () => Number(random.uniform() < 0.5));
  const chance = (unit: number, arm: number) => {
    const treat = kind[unit] === 1 ? 0.7 : 0.2;
    return arm === 1 ? treat : 1 - treat;
  };
  const arm = Uint8Array.from({ length: count }, (_, unit) => Number(random.uniform() < chance(unit, 1)));
  const mean = (unit: number, one: number) => 1 + (one === 1 ? (kind[unit] === 1 ? 2 : -1) : 0);
  const reward = Float64Array.from({ length: count }, (_, unit) => mean(unit, arm[unit]!) + 4 * (random.uniform() - 0.5));
  const propensity = Float64Array.from({ length: count }, (_, unit) => chance(unit, arm[unit]!));
  return { log: { count, arm, propensity, reward }, kind, chance, mean };
}

const truth = 2; // (1 + 2 + 1) / 2: the policy that treats the first kind only.
const holds = ({ low, high }: { low: number; high: number }) => low <= truth && truth <= high;

describe('off-policy evaluation', () => {
  it('holds the true value in its 95 % interval, with all three estimators', () => {
    const runs = Array.from({ length: 200 }, (_, run) => {
      const { log, kind, mean } = logOf(openRandom(`ope/${run}`), 1_000);
      const policy: NewPolicy = (unit, arm) => Number(arm === kind[unit]);
      // A poor expectation: the doubly robust estimator must bear it.
      return evaluateOffPolicy(log, policy, { arms: 2, expected: (unit, arm) => 0.5 * mean(unit, arm) });
    });
    for (const estimator of ['ips', 'selfNormalised', 'doublyRobust'] as const) {
      const covered = runs.filter((run) => holds(run[estimator]!)).length;
      expect(covered).toBeGreaterThanOrEqual(182);
      expect(covered).toBeLessThan(200);
    }
  });
  it('is sharper with expectations that are right', () => {
    const { log, kind, mean } = logOf(openRandom('sharp'), 4_000);
    const policy: NewPolicy = (unit, arm) => Number(arm === kind[unit]);
    const { ips, doublyRobust } = evaluateOffPolicy(log, policy, { arms: 2, expected: mean });
    expect(doublyRobust!.high - doublyRobust!.low).toBeLessThan(0.8 * (ips.high - ips.low));
  });
  it('refuses a log whose propensities are not those it was drawn with', () => {
    const { log, kind } = logOf(openRandom('wrong'), 4_000);
    const policy: NewPolicy = (unit, arm) => Number(arm === kind[unit]);
    const wrong = { ...log, propensity: log.propensity.map((p) => Math.min(1, 1.6 * p)) };
    expect(() => evaluateOffPolicy(wrong, policy, { arms: 2 })).toThrow(/mean weight is 0\.\d+ instead of 1/);
    expect(() => evaluateOffPolicy(log, policy, { arms: 2 })).not.toThrow();
  });
  it('refuses propensities of 0, and arms that could not happen', () => {
    const { log, kind, chance } = logOf(openRandom('overlap'), 500);
    const policy: NewPolicy = (unit, arm) => Number(arm === kind[unit]);
    const zero = { ...log, propensity: log.propensity.map((p, i) => (i === 7 ? 0 : p)) };
    expect(() => evaluateOffPolicy(zero, policy, { arms: 2 })).toThrow(/propensity of decision 7 is 0/);
    const never: NewPolicy = (unit, arm) => (unit === 9 && arm === kind[unit] ? 0 : chance(unit, arm));
    expect(() => evaluateOffPolicy(log, policy, { arms: 2, logged: never })).toThrow(/decision 9: .*propensity 0/);
  });
  it('refuses where too little of the log speaks for the policy, and says how much does', () => {
    const { log, kind } = logOf(openRandom('few'), 300);
    const policy: NewPolicy = (unit, arm) => Number(arm === kind[unit]);
    expect(() => evaluateOffPolicy(log, policy, { arms: 2, fewest: 250 })).toThrow(/worth only 2\d\d\.\d of its 300/);
  });
  it('values the policy that ran at its own mean', () => {
    const { log, chance } = logOf(openRandom('same'), 500);
    const { ips, selfNormalised, effectiveUnits } = evaluateOffPolicy(log, chance, { arms: 2 });
    const mean = log.reward.reduce((sum, one) => sum + one, 0) / log.count;
    expect(ips.value).toBeCloseTo(mean, 12);
    expect(selfNormalised.value).toBeCloseTo(mean, 12);
    expect(effectiveUnits).toBeCloseTo(log.count, 9);
  });
});
