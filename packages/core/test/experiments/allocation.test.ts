import { decideRollout, type RolloutState } from '@tillcast/core/experiments/rollout';
import { thompsonWeights } from '@tillcast/core/experiments/thompson';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const state = (over: Partial<RolloutState> = {}): RolloutState => ({
  ...{ steps: [0.01, 0.05, 0.5], share: 0.01, stepStartedMs: 0, stepMs: 100, nowMs: 100, isSplitWrong: false, guardrails: [] },
  ...over,
});
const guarded = (lift: readonly [number, number, number] | undefined) => ({
  guardrails: [{ metric: 'margin', maxDrop: 0.05, lift }],
});

describe('a safe rollout', () => {
  it('climbs step by step, each for its time, and stays at the last', () => {
    expect(decideRollout(state({ nowMs: 99 }))).toEqual({ kind: 'stay' });
    expect(decideRollout(state())).toMatchObject({ kind: 'forward', share: 0.05 });
    expect(decideRollout(state({ share: 0.05 }))).toMatchObject({ kind: 'forward', share: 0.5 });
    expect(decideRollout(state({ share: 0.5 }))).toEqual({ kind: 'stay' });
  });

  it('goes back at once on a broken guardrail or a wrong split, whatever the time', () => {
    expect(decideRollout(state({ nowMs: 1, isSplitWrong: true }))).toMatchObject({
      kind: 'back',
      why: expect.stringMatching(/sample ratio/),
    });
    const broken = decideRollout(state({ nowMs: 1, ...guarded([-0.2, -0.3, -0.1]) }));
    expect(broken).toMatchObject({ kind: 'back', why: 'the guardrail margin fell by 20 % (at least 10 %); 5 % is borne' });
  });

  it.each([
    ['a drop that chance explains', [-0.2, -0.5, 0.1]],
    ['a sure drop that may be no larger than what is borne', [-0.2, -0.3, -0.04]],
    ['a sure drop that is borne', [-0.02, -0.03, -0.01]],
    ['nothing measurable', undefined],
    ['a gain', [0.2, 0.1, 0.3]],
  ] as const)('does not go back on %s', (_what, lift) => {
    expect(decideRollout(state({ nowMs: 1, ...guarded(lift) }))).toEqual({ kind: 'stay' });
  });
});

describe('a Thompson bandit', () => {
  const tallies = fc.array(
    fc.nat(5_000).chain((units) => fc.nat(units).map((buyers) => ({ units, buyers }))),
    { minLength: 2, maxLength: 5 },
  );

  it('gives weights that add up to 1, none below its share', () => {
    fc.assert(
      fc.property(tallies, fc.integer(), (given, seed) => {
        const weights = thompsonWeights(given, 0.05, openRandom(seed));
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.05 - 1e-5);
      }),
      { numRuns: 30 },
    );
  });

  it('is even before there is anything to know, and follows what is known', () => {
    const none = thompsonWeights(
      [
        { units: 0, buyers: 0 },
        { units: 0, buyers: 0 },
      ],
      0.01,
      openRandom(1),
    );
    expect(Math.abs(none[0]! - 0.5)).toBeLessThan(0.05);
    const known = thompsonWeights(
      [
        { units: 2_000, buyers: 60 },
        { units: 2_000, buyers: 120 },
      ],
      0.05,
      openRandom(1),
    );
    expect(known).toEqual([0.05, 0.95]);
  });
});
