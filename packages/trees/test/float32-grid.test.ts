import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floorFloat32, nextFloat32, previousFloat32, previousFloat64, roundingThreshold } from '../src/float32-grid.ts';

const singles = fc.oneof(
  fc.float({ noNaN: true }),
  fc.constantFrom(
    0,
    -0,
    1.401298464324817e-45,
    -1.401298464324817e-45,
    3.4028234663852886e38,
    -3.4028234663852886e38,
    1,
    -1,
    2 ** -126,
  ),
);

/** Numbers on and around a threshold, where rounding turns. */
function around(threshold: number): number[] {
  const near = [threshold, nextFloat32(threshold), previousFloat32(threshold)];
  const middles = near.map((single) => single / 2 + nextFloat32(single) / 2);
  const all = [
    ...near,
    ...middles,
    2 ** 128 - 2 ** 103,
    -(2 ** 128 - 2 ** 103),
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
  ];
  return all.flatMap((x) => (Number.isFinite(x) ? [x, previousFloat64(x), -previousFloat64(-x)] : [x]));
}

describe('thresholds on the float32 grid', () => {
  it('ask of a float64 what the library asks of its float32', () => {
    fc.assert(
      fc.property(singles, (threshold) => {
        const moved = roundingThreshold(threshold);
        for (const x of around(threshold)) expect(x <= moved, `${x} against ${threshold}`).toBe(Math.fround(x) <= threshold);
      }),
      { numRuns: 5000, seed: 1 },
    );
  });

  it('hold for any pair of numbers', () => {
    fc.assert(
      fc.property(singles, fc.double({ noNaN: true }), (threshold, x) => {
        expect(x <= roundingThreshold(threshold)).toBe(Math.fround(x) <= threshold);
      }),
      { numRuns: 5000, seed: 2 },
    );
  });

  it('neighbours lie next to each other, with nothing in between', () => {
    fc.assert(
      fc.property(singles.filter(Number.isFinite), (single) => {
        const next = nextFloat32(single);
        expect(next).toBeGreaterThan(single);
        expect([single, next]).toContain(Math.fround(single / 2 + next / 2) || 0);
        expect(previousFloat32(next) === single).toBe(true);
      }),
      { seed: 3 },
    );
  });

  it('the floor is the largest float32 below', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const floor = floorFloat32(value);
        expect(Math.fround(floor)).toBe(floor);
        expect(floor <= value && nextFloat32(floor) > value).toBe(true);
      }),
      { seed: 4 },
    );
  });

  it('negative control: an unmoved threshold fails between two floats', () => {
    const x = 1 + 2 ** -25;
    expect(x <= 1).not.toBe(Math.fround(x) <= 1);
  });
});
