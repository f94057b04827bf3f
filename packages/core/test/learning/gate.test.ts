import { judge } from '@tillcast/core/learning/gate';
import { describe, expect, it } from 'vitest';

const against = (baselineLogLoss: number, low: number, high: number) => ({
  baseline: 'base_rate',
  baselineLogLoss,
  difference: { value: 0.2 - baselineLogLoss, low, high },
});

describe('the gate against the baselines', () => {
  it.each([
    ['better beyond noise', [against(0.22, -0.03, -0.01)], true],
    ['better, within noise', [against(0.21, -0.03, 0.01)], true],
    ['equal', [against(0.2, -0.01, 0.01)], false],
    ['worse, within noise', [against(0.19, -0.01, 0.03)], false],
    ['worse than one of two', [against(0.22, -0.03, -0.01), against(0.19, -0.01, 0.03)], false],
    ['an interval that cannot be told', [against(0.22, Number.NaN, Number.NaN)], false],
  ] as const)('%s', (_, comparisons, promoted) => {
    expect(judge(0.2, comparisons)).toMatchObject({ promoted });
  });

  it('tells every rule, passed or not', () => {
    const { reasons } = judge(0.2, [against(0.22, -0.03, -0.01), against(0.19, -0.01, 0.03)]);
    expect(reasons[0]).toBe(
      'PASS log loss 0.20000 against 0.22000 of base_rate: difference −0.02000, 95 % interval −0.03000 to −0.01000',
    );
    expect(reasons[1]).toMatch(/^FAIL/);
  });
});
