import type { Limiter, LimitPolicy } from '@tillcast/core/ports/limiter';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** A limiter to be tested, with the clock it obeys. */
export interface LimiterUnderTest {
  readonly limiter: Limiter;
  /** Lets that much time pass for it. */
  readonly pass: (ms: number) => void | Promise<void>;
}

export type OpenLimiter = (policy: LimitPolicy) => LimiterUnderTest | Promise<LimiterUnderTest>;

/** One sentence of the port: it holds for the limiters opened, or throws. */
export type LimiterLaw = (open: OpenLimiter, runs: number) => Promise<void>;

const policies = fc.record({
  name: fc.constant('test'),
  limit: fc.integer({ min: 1, max: 500 }),
  windowMs: fc.constantFrom(1_000, 60_000),
  burst: fc.integer({ min: 1, max: 60 }),
});
const msPerUnit = ({ limit, windowMs }: LimitPolicy): number => windowMs / limit;

/** Takings of one key or another, with rests between them that are shares of what one unit costs. */
const takings = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    cost: fc.integer({ min: 1, max: 4 }),
    rest: fc.double({ min: 0, max: 3, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** The sentences of the port `Limiter`. Plain functions, so that a planted fault can be shown to break them. */
export const limiterLaws: Readonly<Record<string, LimiterLaw>> = {
  'admits in no span more than the burst and the limit’s share of it': (open, numRuns) =>
    fc.assert(
      fc.asyncProperty(policies, takings, async (policy, list) => {
        const { limiter, pass } = await open(policy);
        const admitted: { atMs: number; cost: number }[] = [];
        let atMs = 0;
        for (const { cost, rest } of list) {
          const restMs = Math.round(rest * msPerUnit(policy));
          await pass(restMs);
          atMs += restMs;
          if ((await limiter.take('a', cost)).allowed) admitted.push({ atMs, cost });
        }
        await limiter.close();
        for (const [from, first] of admitted.entries()) {
          let sum = 0;
          for (const { atMs: until, cost } of admitted.slice(from)) {
            sum += cost;
            // A millisecond of slack for clocks that count whole ones.
            expect(sum).toBeLessThanOrEqual(policy.burst + (until - first.atMs + 1) / msPerUnit(policy) + 1e-6);
          }
        }
      }),
      { numRuns },
    ),

  'under steady demand beyond the limit admits at least 98 % of it': async (open) => {
    const policy = { name: 'test', limit: 50, windowMs: 1_000, burst: 5 };
    const { limiter, pass } = await open(policy);
    let admitted = 0;
    for (let ms = 0; ms < 60_000; ms += 10) {
      if ((await limiter.take('a')).allowed) admitted += 1;
      await pass(10);
    }
    await limiter.close();
    expect(admitted).toBeGreaterThanOrEqual(0.98 * 50 * 60);
    expect(admitted).toBeLessThanOrEqual(50 * 60 + 5);
  },

  'admits after `retryAfterMs`, and a little earlier not; what is refused takes nothing': (open, numRuns) =>
    fc.assert(
      fc.asyncProperty(policies, fc.integer({ min: 1, max: 60 }), async (policy, wish) => {
        const cost = Math.min(wish, policy.burst);
        const { limiter, pass } = await open(policy);
        for (let taken = 0; taken < 200 && (await limiter.take('a')).allowed; taken += 1);
        const refused = await limiter.take('a', cost);
        if (refused.allowed) return limiter.close();
        expect(refused.retryAfterMs).toBeGreaterThan(0);
        for (let again = 0; again < 5; again += 1)
          expect((await limiter.take('a', cost)).retryAfterMs).toBeCloseTo(refused.retryAfterMs, 3);
        const earlyMs = Math.max(0, Math.floor(refused.retryAfterMs) - 2);
        await pass(earlyMs);
        if (earlyMs < refused.retryAfterMs - 1) expect((await limiter.take('a', cost)).allowed).toBe(false);
        await pass(Math.ceil(refused.retryAfterMs) - earlyMs + 1);
        expect((await limiter.take('a', cost)).allowed).toBe(true);
        return limiter.close();
      }),
      { numRuns },
    ),

  'tells what remains, and when all of it is there again': (open, numRuns) =>
    fc.assert(
      fc.asyncProperty(policies, takings, async (policy, list) => {
        const { limiter, pass } = await open(policy);
        for (const { cost, rest } of list.slice(0, 10)) {
          await pass(Math.round(rest * msPerUnit(policy)));
          const { allowed, remaining } = await limiter.take('a', cost);
          if (allowed) expect(remaining).toBeLessThanOrEqual(policy.burst - cost);
          else expect(remaining).toBeLessThan(cost);
        }
        const last = await limiter.take('a');
        await pass(Math.ceil(last.resetMs) + 1);
        expect((await limiter.take('a', policy.burst)).allowed).toBe(true);
        await limiter.close();
      }),
      { numRuns },
    ),

  'keeps keys apart': (open, numRuns) =>
    fc.assert(
      fc.asyncProperty(policies, takings, async (policy, list) => {
        const [both, alone] = [await open(policy), await open(policy)];
        for (const { key, cost, rest } of list) {
          const restMs = Math.round(rest * msPerUnit(policy));
          await both.pass(restMs);
          await alone.pass(restMs);
          const verdict = await both.limiter.take(key, cost);
          if (key === 'a') expect((await alone.limiter.take('a', cost)).allowed).toBe(verdict.allowed);
        }
        await both.limiter.close();
        await alone.limiter.close();
      }),
      { numRuns },
    ),

  'never admits a cost above the burst': async (open) => {
    const { limiter, pass } = await open({ name: 'test', limit: 100, windowMs: 1_000, burst: 5 });
    expect(await limiter.take('a', 6)).toMatchObject({ allowed: false, remaining: 5, retryAfterMs: Number.POSITIVE_INFINITY });
    await pass(10_000);
    expect((await limiter.take('a', 6)).allowed).toBe(false);
    expect((await limiter.take('a', 5)).allowed).toBe(true);
    await limiter.close();
  },
};

/** Holds a limiter to the sentences of its port. */
export function limiterContract(open: OpenLimiter, runs = 60): void {
  it.each(Object.keys(limiterLaws))('%s', (name) => limiterLaws[name]!(open, runs));
}
