import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextFloat32, previousFloat64 } from '../src/float32-grid.ts';
import { standIn } from '../src/float32-rows.ts';

const nextFloat64 = (value: number): number => -previousFloat64(-value);
const isFloat32 = (value: number): boolean => Math.fround(value) === value;
const ascending = (thresholds: readonly number[]): Float64Array => Float64Array.from(new Set(thresholds)).sort();

/** How many thresholds send a value right: equal counts walk alike. */
const rankOf = (thresholds: Float64Array, x: number): number => thresholds.filter((threshold) => !(x <= threshold)).length;

/** A float32, and numbers in steps of an eighth around it, so that several fall between neighbouring float32. */
const crowd = fc
  .tuple(
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 6 }),
    fc.integer({ min: -20, max: 20 }),
  )
  .map(([single, steps, step]) => {
    const at = (eighths: number): number => single + ((nextFloat32(single) - single) / 8) * eighths;
    return { thresholds: ascending(steps.map(at).filter(Number.isFinite)), x: at(step) };
  })
  .filter(({ x }) => Number.isFinite(x));

describe('a float32 in the place of a float64', () => {
  it('lies between the same thresholds, whatever these are; none does only between two that have no float32 between them', () => {
    fc.assert(
      fc.property(crowd, ({ thresholds, x }) => {
        const found = standIn(thresholds, x);
        expect(rankOf(thresholds, found)).toBe(rankOf(thresholds, x));
        if (isFloat32(found)) return;
        const above = thresholds.find((threshold) => threshold >= x)!;
        const below = thresholds.findLast((threshold) => threshold < x)!;
        expect(found).toBe(x);
        expect(nextFloat32(Math.fround(below) > below ? -nextFloat32(-Math.fround(below)) : Math.fround(below))).toBeGreaterThan(
          above,
        );
      }),
      { numRuns: 5_000, seed: 11 },
    );
  });

  it('is there for most numbers, at the ends of the range too', () => {
    const [low, high] = [1 + 1e-9, 1 + 3e-9];
    expect(standIn(ascending([low]), 1 + 2e-9)).toBe(nextFloat32(1));
    expect(standIn(ascending([high]), 1 + 2e-9)).toBe(1);
    expect(standIn(ascending([low, high]), 1 + 2e-9)).toBe(1 + 2e-9);
    expect(standIn(ascending([0.1]), nextFloat64(0.1))).toBeGreaterThan(0.1);
    expect(standIn(ascending([]), 1e39)).toBe(3.4028234663852886e38);
    expect(standIn(ascending([3.4028234663852886e38]), 1e39)).toBe(Number.POSITIVE_INFINITY);
    expect(standIn(ascending([-2e39]), -1e39)).toBe(-3.4028234663852886e38);
  });

  it('negative control: rounding alone passes thresholds', () => {
    const thresholds = ascending([1 + 1e-9]);
    expect(rankOf(thresholds, Math.fround(1 + 2e-9))).not.toBe(rankOf(thresholds, 1 + 2e-9));
  });
});
