import type { Limiter, LimitPolicy, LimitVerdict } from '@tillcast/core/ports/limiter';
import { memoryLimiter } from '@tillcast/stores/memory/limiter';
import { describe, expect, it } from 'vitest';
import { type LimiterUnderTest, limiterContract, limiterLaws } from '../../core/test/contract/limiter.ts';

type Take = (key: string, cost?: number) => LimitVerdict;

function underTest(policy: LimitPolicy, change: (take: Take, now: () => number) => Take = (take) => take): LimiterUnderTest {
  let ms = 1e6;
  const limiter = memoryLimiter({ policy, now: () => ms });
  const changed: Limiter = { ...limiter, take: change(limiter.take as Take, () => ms) };
  return {
    limiter: changed,
    pass: (more) => {
      ms += more;
    },
  };
}

describe('memory limiter', () => {
  limiterContract((policy) => underTest(policy));

  it('forgets the key that took longest ago, and no other', () => {
    const limiter = memoryLimiter({ policy: { name: 'test', limit: 1, windowMs: 1e6, burst: 1 }, now: () => 0, maxKeys: 2 });
    for (const key of ['a', 'b', 'c']) limiter.take(key);
    expect(limiter.take('c')).toMatchObject({ allowed: false });
    expect(limiter.take('b')).toMatchObject({ allowed: false });
    expect(limiter.take('a')).toMatchObject({ allowed: true });
  });
});

/** Limiters with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, (policy: LimitPolicy) => LimiterUnderTest>> = {
  'counts in fixed windows': (policy) => {
    let [ms, window, taken] = [0, 0, 0];
    const take: Take = (_key, cost = 1) => {
      if (Math.floor(ms / policy.windowMs) !== window) [window, taken] = [Math.floor(ms / policy.windowMs), 0];
      const allowed = cost <= policy.burst && taken + cost <= policy.limit + policy.burst;
      if (allowed) taken += cost;
      const untilMs = policy.windowMs * (window + 1) - ms;
      return { allowed, remaining: allowed ? 0 : 0, resetMs: untilMs, retryAfterMs: allowed ? 0 : untilMs };
    };
    return {
      limiter: { policy, take, close: async () => {} },
      pass: (more) => {
        ms += more;
      },
    };
  },
  'takes what it refuses': (policy) =>
    underTest(policy, (take) => {
      let debt = 0;
      return (key, cost = 1) => {
        const verdict = take(key, cost);
        if (!verdict.allowed) debt += 1;
        return { ...verdict, retryAfterMs: verdict.retryAfterMs + debt };
      };
    }),
  'tells a wait that is too short': (policy) =>
    underTest(policy, (take) => (key, cost) => {
      const verdict = take(key, cost);
      return { ...verdict, retryAfterMs: verdict.retryAfterMs / 2 };
    }),
  'has one purse for all keys': (policy) => underTest(policy, (take) => (_key, cost) => take('all', cost)),
  'forgets the cost': (policy) => underTest(policy, (take) => (key) => take(key, 1)),
  'wastes a tenth': (policy) => underTest({ ...policy, limit: policy.limit * 0.9 }),
  'lets through what it does not know': (policy) =>
    underTest(policy, (take) => (key, cost) => ({ ...take(key, cost), allowed: true })),
};

describe('the laws of the limiter', () => {
  it.each(Object.keys(faults))('catch one that %s', async (name) => {
    const verdicts = await Promise.allSettled(Object.values(limiterLaws).map((law) => law(faults[name]!, 60)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
