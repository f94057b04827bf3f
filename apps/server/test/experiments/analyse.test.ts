import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openRandom } from '@tillcast/core/simulation/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseFile } from '../../src/experiments/analyse-file.ts';
import { designExperiment } from '../../src/experiments/analyse-power.ts';

interface Told {
  readonly metric: string;
  readonly difference: readonly [number, number, number];
  readonly relative_lift: readonly [number, number, number];
  readonly cuped: { readonly variance_ratio: number };
}

let dir: string;
const path = (name: string) => join(dir, name);

function write(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}
const config = (settings: unknown): string => write('config.json', JSON.stringify(settings));
const table = (...lines: string[]): string => write('units.csv', `unit,variant,conversion\n${lines.join('\n')}\n`);

/** 40,000 shoppers over ten days; the new page sells more. */
function shop(): string {
  const random = openRandom(11);
  const lines = ['unit,variant,exposed_at,conversion,revenue,pre_orders,household'];
  for (let unit = 0; unit < 40_000; unit++) {
    const [variant, rate] = unit % 2 === 0 ? ['old', 0.05] : ['new', 0.06];
    const orders = Math.floor(random.uniform() * 3);
    const bought = Number(random.uniform() < (rate as number) * orders);
    const day = String(1 + Math.floor(unit / 4_000)).padStart(2, '0');
    lines.push(
      `u${unit},${variant},2026-11-${day}T12:00:00Z,${bought},${bought === 1 ? (20 + 5 * random.uniform()).toFixed(2) : ''},${orders},h${unit >> 2}`,
    );
  }
  return write('shop.csv', `${lines.join('\n')}\n`);
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillcast-analyse-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('tillcast experiment analyse', () => {
  it('answers what a data scientist can check, from CSV and Parquet alike', async () => {
    const csv = shop();
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`copy (select * from read_csv('${csv}')) to '${path('shop.parquet')}'`);
    connection.closeSync();
    const settings = config({ control: 'old', metrics: ['conversion', { name: 'revenue', winsorise: 0.99, role: 'guardrail' }] });
    const answer = await analyseFile({ file: csv, config: settings });
    expect(await analyseFile({ file: path('shop.parquet'), config: settings })).toEqual(answer);
    expect(Object.keys(answer.variants)).toEqual(['old', 'new']);
    expect(answer.variants.old!.n).toBe(20_000);
    const [conversion, revenue] = answer.comparisons as unknown as Told[];
    const { old, new: fresh } = answer.variants as Record<string, { n: number; mean: number }>;
    const se = Math.sqrt([old!, fresh!].reduce((sum, { n, mean }) => sum + (mean * (1 - mean)) / n, 0));
    expect(conversion!.difference[0]).toBeCloseTo(fresh!.mean - old!.mean, 12);
    expect(conversion!.difference[1]).toBeCloseTo(fresh!.mean - old!.mean - 1.959963984540054 * se, 12);
    expect(conversion!.relative_lift[0]).toBeCloseTo(fresh!.mean / old!.mean - 1, 12);
    expect(conversion!.cuped.variance_ratio).toBeLessThan(1);
    expect(revenue!.metric).toBe('revenue');
    expect(answer.srm.p_value).toBe(1);
    expect(answer.verdict).toMatch(/^ship new: conversion \+/);
  });

  it('prints it as one line of JSON, from the command line', () => {
    const bin = join(import.meta.dirname, '../../bin/tillcast.mjs');
    const args = ['experiment', 'analyse', '--file', table('1,a,1', '2,a,0', '3,b,1', '4,b,0'), '--config', config({}), '--json'];
    const out = execFileSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(Object.keys(JSON.parse(out))).toEqual(expect.arrayContaining(['variants', 'comparisons', 'srm', 'verdict']));
  });

  it('takes the reference configuration as it is: the model’s own word is shown and never decides', async () => {
    const lines = Array.from(
      { length: 300 },
      (_, at) => `${at},${['catboost', 'xgboost', 'ensemble'][at % 3]},${at % 7 === 0 ? 1 : 0}`,
    );
    const reference = {
      experiment_id: 'model_comparison_2024',
      variants: ['catboost', 'xgboost', 'ensemble'],
      traffic_split: { catboost: 0.33, xgboost: 0.33, ensemble: 0.34 },
      primary_metric: 'purchase_probability',
    };
    const answer = await analyseFile({ file: table(...lines), config: config({ ...reference, salt: 'x' }) });
    expect(answer.comparisons.map(({ metric, role }) => [metric, role])).toEqual([
      ['conversion', 'primary'],
      ['purchase_probability', 'shown'],
      ['conversion', 'primary'],
      ['purchase_probability', 'shown'],
    ]);
    expect(answer.notes.join()).toMatch(/purchase_probability is a model's own word/);
    expect(answer.ignored_settings).toEqual(['salt']);
  });

  it('households count once, and as of a day', async () => {
    const file = shop();
    const units = await analyseFile({ file, config: config({ control: 'old', covariates: [] }) });
    const asOf = await analyseFile({ file, config: config({ control: 'old' }), asOf: '2026-11-05' });
    expect(asOf.variants.old!.n).toBe(10_000);
    expect(asOf.as_of).toBe('2026-11-05T23:59:59.000Z');
    const households = await analyseFile({ file, config: config({ control: 'old', cluster: 'household' }) });
    expect(households.notes.join()).toMatch(/10000 clusters have units in several variants/);
    expect(units.days).toBeCloseTo(9, 6);
  });

  it.each<[string, string[], unknown, RegExp]>([
    ['an unknown variant', ['1,c,1'], { variants: ['a', 'b'] }, /line 2: variant "c" is unknown; .*a, b/],
    ['a conversion of 2', ['1,a,2'], {}, /line 2: conversion is "2"; it must be 0 or 1/],
    ['text for a number', ['1,a,yes'], {}, /line 2: conversion is "yes"; it must be a finite number/],
    ['no unit', [',a,1'], {}, /line 2: unit is empty/],
    ['a split that is not 1', ['1,a,1'], { traffic_split: { a: 0.5, b: 0.6 } }, /\/traffic_split: the weights add up to 1.1/],
    [
      'a weight for nobody',
      ['1,a,1'],
      { variants: ['a', 'b'], traffic_split: { a: 0.5, z: 0.5 } },
      /\/traffic_split\/z: is no variant/,
    ],
    ['an unknown control', ['1,a,1'], { variants: ['a', 'b'], control: 'z' }, /\/control: "z" is no variant; those are a, b/],
    ['alpha of 7', ['1,a,1'], { alpha: 7 }, /\/alpha .*not 7/],
    ['a misspelt setting', ['1,a,1'], { covariate: ['pre_x'] }, /\/covariate is no setting; "covariates" was meant\?/],
    ['a covariate measured after', ['1,a,1'], { covariates: ['score'] }, /\/covariates\/0: "score" .* post-treatment/],
    [
      'each variant’s own score',
      ['1,a,1'],
      { covariates: [{ column: 'pre_score', model: { a: 'item@v1', b: 'item@v2' } }] },
      /\/covariates\/0\/model: "pre_score" is each variant's own score \(item@v1, item@v2\), so it is post-treatment/,
    ],
    [
      'two primary metrics',
      ['1,a,1'],
      {
        metrics: [
          { name: 'x', role: 'primary' },
          { name: 'y', role: 'primary' },
        ],
      },
      /both primary/,
    ],
    ['a ratio of nothing', ['1,a,1'], { metrics: [{ name: 'x', kind: 'ratio', numerator: 'a' }] }, /\/metrics\/0: a ratio needs/],
    ['msprt without tau', ['1,a,1'], { method: 'sequential', sequential: { mixture: 'msprt' } }, /\/sequential\/tau: is missing/],
    ['a date that is none', ['1,a,1'], { as_of: 'soon' }, /as_of is "soon"/],
    ['no rows', [], {}, /no rows/],
  ])('refuses %s by field, value and remedy', async (_, lines, settings, message) => {
    await expect(analyseFile({ file: table(...lines), config: config(settings) })).rejects.toThrow(message);
  });

  it('says what is not measurable, and why', async () => {
    const answer = await analyseFile({
      file: table('1,a,0', '2,a,0', '3,b,0', '4,b,0'),
      config: config({ metrics: ['conversion', 'signups'] }),
    });
    expect(answer.comparisons.map((one) => (one as { not_measurable?: string }).not_measurable)).toEqual([
      'zero variance in control: all its units have the same value',
      'the table has no column "signups"',
    ]);
    expect(answer.verdict).toMatch(/^not yet: conversion of b is not measurable/);
  });
});

describe('tillcast experiment power', () => {
  const design = (change: Partial<Parameters<typeof designExperiment>[0]>) =>
    designExperiment({
      ...{ base: 0.03, mean: undefined, sd: undefined, lift: 0.15, units: undefined, alpha: 0.05, power: 0.8 },
      ...{ variants: 2, controlShare: undefined, perDay: undefined, rho: 0, method: 'fixed' },
      ...change,
    });

  it('3 % and 15 % take about 24,000 an arm; a correlation of .6 a third less; daily looks and more variants more', () => {
    expect(design({}).units_per_arm).toBeGreaterThan(23_900);
    expect(design({}).units_per_arm).toBeLessThan(24_400);
    expect(design({ rho: 0.6 }).units_per_arm / design({}).units_per_arm).toBeCloseTo(0.64, 3);
    expect(design({ method: 'sequential' }).units_per_arm / design({}).units_per_arm).toBeCloseTo(1.55, 3);
    expect(design({ variants: 3 }).units_per_arm).toBeGreaterThan(design({}).units_per_arm);
    expect(design({ perDay: 5_000 })).toMatchObject({ days: 10 });
  });

  it('units give the lift, and with a lift the power', () => {
    expect(design({ lift: undefined, units: 24_190 }).lift).toBeCloseTo(0.15, 4);
    expect(design({ units: 24_190 }).power).toBeCloseTo(0.8, 3);
    expect(design({ base: undefined, mean: 2, sd: 20, lift: 0.05 }).units_per_arm).toBeCloseTo(627_910, -2);
  });

  it.each([
    [{ base: 2 }, /--base is 2/],
    [{ lift: 0 }, /--lift is 0/],
    [{ lift: undefined }, /--lift SHARE, or --units/],
    [{ base: undefined }, /--base RATE or --mean/],
    [{ method: 'daily' }, /--method is daily/],
    [{ units: 1 }, /--units is 1/],
  ])('refuses %j', (change, message) => expect(() => design(change)).toThrow(message));
});
