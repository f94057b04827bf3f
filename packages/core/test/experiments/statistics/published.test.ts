import { readFileSync } from 'node:fs';
import { compare } from '@tillcast/core/experiments/statistics/compare';
import { proportionEstimate } from '@tillcast/core/experiments/statistics/estimate';
import { benjaminiHochberg, holm } from '@tillcast/core/experiments/statistics/multiple-tests';
import {
  powerAt,
  proportionSpread,
  smallestDifference,
  smallestLift,
  unitsNeeded,
} from '@tillcast/core/experiments/statistics/power';
import { checkSplit } from '@tillcast/core/experiments/statistics/srm';
import { waldTest } from '@tillcast/core/experiments/statistics/two-sample-test';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../../../fixtures/statistics/', import.meta.url);
const read = <Case>(name: string): Case[] => JSON.parse(readFileSync(new URL(`${name}.json`, root), 'utf8')).cases;
type Pair = [positives: number, n: number];
const near = (ours: number, theirs: number) => expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1e-10);

describe('statsmodels and gbstats', () => {
  it.each(read<{ control: Pair; treatment: Pair; p_value: number; ci: Pair }>('wald'))(
    'the unpooled Wald test of $control and $treatment',
    ({ control, treatment, p_value, ci }) => {
      const [a, b] = [control, treatment].map(([positives, n]) => proportionEstimate(n, positives));
      const compared = compare(a!, b!, waldTest(0.05));
      near(compared.pValue, p_value);
      near(compared.difference[1], ci[0]);
      near(compared.difference[2], ci[1]);
    },
  );

  it.each(read<Record<'base' | 'lift' | 'n' | 'ratio' | 'power', number>>('power'))(
    'power at $n units a control, base $base, lift $lift',
    ({ base, lift, n, ratio, power }) => {
      near(powerAt(n, base * lift, proportionSpread(base, lift, ratio), 0.05), power);
    },
  );

  it.each(read<Record<'p' | 'holm' | 'bh', number[]>>('multiple'))('families of p-values: $p', ({ p, holm: theirs, bh }) => {
    for (const [at, value] of holm(p).entries()) near(value, theirs[at]!);
    for (const [at, value] of benjaminiHochberg(p).entries()) near(value, bh[at]!);
  });

  it.each(read<{ counts: number[]; weights: number[]; p_value: number }>('splits'))(
    'the split $counts',
    ({ counts, weights, p_value }) => near(checkSplit(counts, weights).pValue, p_value),
  );
});

describe('the design of an experiment', () => {
  const assurance = { alpha: 0.05, power: 0.8 };

  it('3 % and a lift of 15 % take about 24,000 shoppers an arm', () => {
    expect(unitsNeeded(0.0045, proportionSpread(0.03, 0.15), assurance)).toBeCloseTo(24_190, -2);
  });

  it('units, power and smallest lift say the same', () => {
    for (const [base, lift, ratio] of [
      [0.03, 0.15, 1],
      [0.2, 0.03, 2],
      [0.01, -0.2, 0.5],
    ] as const) {
      const spread = proportionSpread(base, lift, ratio);
      const units = unitsNeeded(base * lift, spread, assurance);
      expect(powerAt(units, base * lift, spread, 0.05)).toBeCloseTo(0.8, 5);
      expect(smallestDifference(units, spread, assurance)).toBeCloseTo(Math.abs(base * lift), 12);
      if (lift > 0) expect(smallestLift(units, base, ratio, assurance)).toBeCloseTo(lift, 9);
    }
  });

  it.each([
    [0, 0.1, /base is 0/],
    [0.6, 0.9, /takes the base rate 0.6 to 1.14/],
    [0.1, 0, /lift is 0/],
  ])('refuses base %s and lift %s', (base, lift, message) => expect(() => proportionSpread(base, lift)).toThrow(message));
});
