import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, backends, backendsFor } from './parity/backends.ts';
import { firstRows, type ParityCase, readCase } from './parity/case-folder.ts';
import { compare, faultsOf, tellFigures } from './parity/compare.ts';
import { plantedFaults } from './parity/planted-faults.ts';
import { findPython, runFixtureScript } from './parity/trainer.ts';

const isLong = process.env.TILLCAST_LONG === '1';
const size = isLong ? 'full' : 'small';
/** What each family is asked over all its models; 50,000 is issue 4's demand on the long run. */
const LEAST_ROWS = isLong ? 50_000 : 3_000;

const found = findPython();
if ('missing' in found) console.info(`parity-wide: skipped: ${found.missing}`);
const folder = mkdtempSync(join(tmpdir(), 'tillcast-parity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The names of the cases' folders. */
async function train(): Promise<readonly string[]> {
  if ('missing' in found) return [];
  const names: string[] = [];
  const { code, stderr } = await runFixtureScript(found.python, 'wide.py', [folder, size], (name) => names.push(name));
  if (code !== 0) throw new Error(`wide.py ended with ${code}: ${stderr}`);
  return names;
}
const cases = await train();

describe.skipIf('missing' in found)(`wide parity (${size})`, { timeout: 1_800_000 }, () => {
  const asked: Record<string, number> = {};

  describe.each(cases)('%s', (name) => {
    let parity: ParityCase;
    beforeAll(() => {
      parity = readCase(join(folder, name));
      asked[parity.family] = (asked[parity.family] ?? 0) + parity.rowCount;
    });

    it.each(backends)('$name: raw scores and contributions at the thresholds, beside them, missing, infinite', (backend) => {
      if (!backendsFor(parity.forest).includes(backend)) return;
      const figures = compare(backend, parity);
      console.info(`${name} (${parity.library}, ${backend.name}): ${tellFigures(figures)}`);
      expect(faultsOf(backend, figures, parity)).toEqual([]);
      expect(figures.shap.rows + figures.exact.rows).toBeGreaterThan(0);
      expect(figures.float32Rows).toBeGreaterThan(0);
    });

    it.each(plantedFaults)('negative control: $name is caught', ({ plant }) => {
      const some = firstRows(parity, 200);
      const planted = plant(some);
      if (planted === undefined) return;
      const isMissed = (backend: Backend) => faultsOf(backend, compare(backend, { ...some, forest: planted }), some).length === 0;
      expect(backendsFor(parity.forest).filter(isMissed)).toEqual([]);
    });
  });

  it.each(['catboost', 'xgboost', 'lightgbm', 'sklearn'])('%s is asked on enough rows', (family) => {
    console.info(`${family}: ${asked[family]} rows over all its models`);
    expect(asked[family]).toBeGreaterThanOrEqual(LEAST_ROWS);
  });
});
