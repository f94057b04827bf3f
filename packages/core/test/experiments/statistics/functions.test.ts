import { readFileSync } from 'node:fs';
import { chiSquaredUpper } from '@tillcast/core/experiments/statistics/special/chi-squared';
import { incompleteBeta } from '@tillcast/core/experiments/statistics/special/incomplete-beta';
import { logBeta, logGamma } from '@tillcast/core/experiments/statistics/special/log-gamma';
import { normalCdf, normalQuantile, normalUpper, upperQuantile } from '@tillcast/core/experiments/statistics/special/normal';
import { studentUpper, studentUpperQuantile } from '@tillcast/core/experiments/statistics/special/student';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../../../fixtures/statistics/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('functions.json', root), 'utf8')) as { cases: Record<string, number[][]> };

const functions: Readonly<Record<string, (...given: number[]) => number>> = {
  normal_upper: (z) => normalUpper(z!),
  upper_quantile: (p) => upperQuantile(p!),
  student_upper: (t, df) => studentUpper(t!, df!),
  student_quantile: (p, df) => studentUpperQuantile(p!, df!),
  chi_squared_upper: (x, df) => chiSquaredUpper(x!, df!),
  log_gamma: (x) => logGamma(x!),
  incomplete_beta: (a, b, x) => incompleteBeta(a!, b!, x!, 1 - x!),
};

describe('distribution functions', () => {
  it('are all compared', () => expect(Object.keys(functions).sort()).toEqual(Object.keys(cases).sort()));

  it.each(Object.keys(functions))('%s is SciPy’s to 1e-10, relative as well', (name) => {
    for (const row of cases[name]!) {
      const expected = row.at(-1)!;
      const error = Math.abs(functions[name]!(...row.slice(0, -1)) - expected);
      expect(error, `at ${row.slice(0, -1).join(', ')}`).toBeLessThanOrEqual(
        1e-10 * Math.abs(expected) + (expected === 0 ? 1e-14 : 0),
      );
    }
  });

  it('quantiles undo tails', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.999, noNaN: true }), fc.double({ min: 1, max: 1e5, noNaN: true }), (p, df) => {
        expect(Math.abs(normalUpper(upperQuantile(p)) / p - 1)).toBeLessThan(1e-10);
        expect(Math.abs(studentUpper(studentUpperQuantile(p, df), df) / p - 1)).toBeLessThan(1e-8);
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12);
      }),
    );
  });

  it('ln B keeps its digits where ln Γ is large (mpmath, 40 digits)', () => {
    expect(Math.abs(logBeta(500_000, 0.5) - -5.988816495777464)).toBeLessThan(1e-14);
  });
});
