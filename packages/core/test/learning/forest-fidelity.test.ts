import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describeFidelity, type ForestFidelity, fidelityOf, fidelityStudy } from '@tillcast/core/learning/forest-fidelity';
import { describe, expect, it } from 'vitest';

interface Found extends Pick<ForestFidelity, 'kind' | 'forestShare' | 'rows'> {
  readonly topReasonAgrees: number;
  readonly meanErrorToMeanPhi: number;
}

const bench = join(import.meta.dirname, '..', '..', '..', '..', 'bench', 'fidelity.ts');

describe('the figures of the fidelity study', () => {
  it('are those that the study finds', () => {
    const { results } = JSON.parse(execFileSync(process.execPath, [bench, '--json'], { encoding: 'utf8' })) as {
      results: readonly Found[];
    };
    for (const { kind, forestShare, rows, topReasonAgrees, meanErrorToMeanPhi } of fidelityStudy.blends) {
      const found = results.filter((one) => one.kind === kind && one.forestShare === forestShare);
      expect(found.reduce((sum, one) => sum + one.rows, 0)).toBe(rows);
      const ends = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
      ends(found.map((one) => one.topReasonAgrees)).forEach((value, end) => {
        expect(topReasonAgrees[end]).toBeCloseTo(value, 2);
      });
      ends(found.map((one) => one.meanErrorToMeanPhi)).forEach((value, end) => {
        expect(Math.abs(meanErrorToMeanPhi[end]! / value - 1)).toBeLessThan(0.02);
      });
    }
  });

  it('stand for a blend whose forest weighs no more than the one studied', () => {
    const at = (random_forest: number, kind: 'log_odds' | 'soft' = 'log_odds') =>
      fidelityOf({ kind, weights: { random_forest } });
    expect([0.02, 0.1, 0.11, 0.314, 0.9].map((weight) => at(weight).forestShare)).toEqual([0.1, 0.1, 0.3, 0.6, 1]);
    expect(at(0.9, 'soft')).toMatchObject({ kind: 'soft', forestShare: 0.1 });
    expect(describeFidelity({ kind: 'log_odds', weights: { random_forest: 0.2 } })).toMatch(
      /forest at 30 % \(240 rows.*agreed in [\d.]+ % to [\d.]+ % of rows, and contributions missed by [\d.]+ % to [\d.]+ % of/,
    );
  });
});
