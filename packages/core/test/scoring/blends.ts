import type { Blend, MemberName } from '@tillcast/core/scoring/ensemble';
import fc from 'fast-check';
import { FEATURES } from './forests.ts';

/** Every member, by the order in which they add. */
export const names: readonly MemberName[] = ['catboost', 'xgboost', 'lightgbm', 'random_forest'];

/** Both kinds of blend, members of weight 0 among them. */
export const blends: fc.Arbitrary<Blend> = fc
  .record({
    kind: fc.constantFrom('log_odds' as const, 'soft' as const),
    shares: fc.array(fc.constantFrom<number[]>(0, 0.1, 1, 3), { minLength: 4, maxLength: 4 }),
    slope: fc.double({ min: 0.001, max: 5, noNaN: true }),
    intercept: fc.double({ min: -20, max: 20, noNaN: true }),
    lambda: fc.constantFrom(1e-4, 1e-2, 0.5),
    pi: fc.double({ min: 1e-4, max: 0.9, noNaN: true }),
  })
  .filter(({ shares }) => shares.some((share) => share > 0))
  .map(({ kind, shares, slope, intercept, lambda, pi }) => {
    const sum = shares.reduce((total, share) => total + share, 0);
    return {
      kind,
      weights: Object.fromEntries(names.map((name, m) => [name, shares[m]! / sum])),
      platt: { slope, intercept },
      forestShrinkage: { lambda, pi },
    };
  });

/** Values of a row, some missing. */
export const rowOf = fc.array(fc.oneof(fc.double({ min: -1.5, max: 1.5, noNaN: true }), fc.constant(Number.NaN)), {
  minLength: FEATURES,
  maxLength: FEATURES,
});
/** Leaves of four trees: up to ±0.4, ±8 or ±80 log-odds, where every probability rounds to 0 or 1. */
export const reaches = fc.constantFrom(0.1, 2, 20);
