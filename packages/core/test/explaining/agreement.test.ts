import { agreementOf } from '@tillcast/core/explaining/agreement';
import { topOverlap, topReasons } from '@tillcast/core/explaining/top-reasons';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 });

describe('the agreement of two explanations', () => {
  it('is whole with itself and with itself on another scale, and lies in [0, 1] and alike both ways for any two', () => {
    fc.assert(
      fc.property(values, fc.infiniteStream(fc.integer({ min: -9, max: 9 })), (a, more) => {
        const b = Array.from(more.take(a.length));
        const same = agreementOf(
          a,
          a.map((value) => 3 * value),
        );
        expect([same.sign ?? 1, same.overlap, same.rank]).toEqual([1, 1, 1]);
        const { sign, overlap, rank } = agreementOf(a, b);
        for (const share of [sign ?? 0, overlap, rank]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
        expect(topOverlap(a, b)).toBe(topOverlap(b, a));
      }),
    );
  });

  it('sees a turned sign, a changed order and another reason', () => {
    const first = [5, -4, 3, -2, 1, 0.1];
    expect(agreementOf(first, [-5, -4, 3, -2, 1, 0.1])).toMatchObject({ sign: 0.8, overlap: 0.8 });
    expect(agreementOf(first, [1, -2, 3, -4, 5, 0.1])).toMatchObject({ sign: 1, overlap: 1 });
    expect(agreementOf(first, [1, -2, 3, -4, 5, 0.1]).rank).toBeLessThan(0.7);
    expect(agreementOf(first, [5, -4, 3, -2, 0.5, 1])).toMatchObject({ sign: 1, overlap: 0.8 });
  });

  it('names the largest first, the earlier of equals, and no zeros', () => {
    expect(topReasons([0, 2, -3, 2, 0], 5)).toEqual([2, 1, 3]);
  });
});
