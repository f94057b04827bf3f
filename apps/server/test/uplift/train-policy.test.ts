import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOUBLE, FLOAT, INTEGER, VARCHAR } from '@duckdb/node-api';
import { openRandom } from '@tillcast/core/simulation/random';
import Schema from 'typebox/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainerPython } from '../../src/jobs/run-trainer.ts';
import { unitsOf } from '../../src/lab/coupons.ts';
import { runExperiment } from '../../src/lab/coupons-shop.ts';
import { readCouponScenario } from '../../src/lab/scenarios.ts';
import { evaluatePolicy } from '../../src/uplift/evaluate-policy.ts';
import { readPolicy } from '../../src/uplift/policies.ts';
import { qualityOf } from '../../src/uplift/policy-quality.ts';
import { readUnits } from '../../src/uplift/read-units.ts';
import { type TrainedPolicy, trainPolicy } from '../../src/uplift/train-policy.ts';
import type { ExperimentUnits } from '../../src/uplift/units.ts';
import { type Column, writeColumns } from '../../src/uplift/write-units.ts';

const contract = Schema.Compile(
  JSON.parse(readFileSync(new URL('../../../../contracts/policy.schema.json', import.meta.url), 'utf8')) as object,
);
const folder = mkdtempSync(join(tmpdir(), 'tillcast-train-policy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const frozen = readCouponScenario('strong');
/** The frozen world with stronger effects, so that few shoppers show them. */
const scenario = {
  ...frozen,
  types: frozen.types.map((type) => (type.name === 'persuadable' ? { ...type, untreated: 0.03, treated: 0.2 } : type)),
};
const world = (seed: string, count: number): ExperimentUnits =>
  unitsOf(scenario, runExperiment(scenario, count, openRandom(seed)));
const options = (units: ExperimentUnits, over: Partial<Parameters<typeof trainPolicy>[0]> = {}) => ({
  ...{ folder, name: 'coupons', units, explorationShare: 0.05, costs: {}, plannedLift: 0.5, seed: 1, threads: 1 },
  learners: ['t_logistic', 'x_ridge', 'dr_ridge', 'dr_xgboost'] as const,
  ...over,
});

async function writeTable(file: string, units: ExperimentUnits): Promise<void> {
  const width = units.featureNames.length;
  const columns: Column[] = [
    ['unit', VARCHAR, (row) => `u${row}`],
    ['variant', VARCHAR, (row) => units.arms[units.arm[row]!]!],
    ['conversion', INTEGER, (row) => units.bought[row]!],
    ['profit', DOUBLE, (row) => units.profit[row]!],
    ...units.arms.map(
      (arm, i): Column => [`propensity_${arm}`, DOUBLE, (row) => units.propensities[row * units.arms.length + i]!],
    ),
    ...units.featureNames.map((name, i): Column => [name, FLOAT, (row) => units.features[row * width + i]!]),
  ];
  await writeColumns(file, columns, units.count);
}

describe.skipIf(trainerPython() === undefined)('learning a policy (skipped: trainer/.venv is not installed)', () => {
  const units = world('learn', 8_000);
  let trained: TrainedPolicy;
  beforeAll(async () => {
    trained = await trainPolicy(options(units));
  });

  it('writes a version that reads back and treats some, not all', () => {
    const policy = readPolicy(join(folder, 'coupons', '1'));
    expect(policy).toMatchObject({ name: 'coupons', version: 1, explorationShare: 0.05 });
    const { chosen } = trained.boards[0]!.board;
    expect(chosen.profit.low).toBeGreaterThan(0);
    expect(chosen.treatedShare).toBeGreaterThan(0.1);
    expect(chosen.treatedShare).toBeLessThan(0.8);
  });

  it('writes the file as contracts/policy.schema.json has it, and nothing more', () => {
    const text = readFileSync(join(folder, 'coupons', '1', 'policy.json'), 'utf8');
    expect(contract.Check(JSON.parse(text))).toBe(true);
    expect(contract.Check({ ...(JSON.parse(text) as object), exploration_share: 2 })).toBe(false);
  });

  it('ranks better than chance', () => {
    const { rank, bins } = qualityOf(units, trained.boards[0]!, 1);
    expect(rank.isBetterThanChance).toBe(true);
    expect(bins).toHaveLength(10);
    expect(bins[0]!.found.value).toBeGreaterThan(bins.at(-1)!.found.value);
  });

  it('is valued on the decisions of another experiment before it runs, near what it is worth there', async () => {
    const file = join(folder, 'fresh.parquet');
    await writeTable(file, world('fresh', 8_000));
    const { value, logged } = await evaluatePolicy({ folder, name: 'coupons', file, variants: ['nobody', 'coupon'] });
    const ahead = value.doublyRobust!.value - logged.value;
    expect(ahead).toBeGreaterThan(0.03);
    expect(value.doublyRobust!.high - value.doublyRobust!.low).toBeLessThan(value.ips.high - value.ips.low);
    expect(value.effectiveUnits).toBeGreaterThan(3_000);
  });

  it('within a budget spends it on fresh shoppers too, on those it moves most', async () => {
    const costs = { coupon: 4 };
    const budget = { amount: 1_000, shoppers: 1_000 };
    const { file: written, bought } = await trainPolicy(options(units, { name: 'thrifty', costs, budget }));
    expect(contract.Check(JSON.parse(JSON.stringify(written)))).toBe(true);
    const { within, without } = bought!;
    expect(within.cost.value).toBeCloseTo(1, 6);
    expect(without.cost.value).toBeGreaterThan(1.5);
    // Each unit of money brings more than without a budget, where it is also spent on who is moved less.
    expect(within.gain.value / within.cost.value).toBeGreaterThan(without.gain.value / without.cost.value);
    const file = join(folder, 'fresh-for-budget.parquet');
    await writeTable(file, world('fresh for budget', 8_000));
    const fresh = await evaluatePolicy({ folder, name: 'thrifty', file, variants: ['nobody', 'coupon'] });
    expect(fresh.bought!.within.cost.value).toBeGreaterThan(0.8);
    expect(fresh.bought!.within.cost.value).toBeLessThan(1.2);
    expect(fresh.bought!.within.gain.low).toBeGreaterThan(0);
    const half = await evaluatePolicy({
      ...{ folder, name: 'thrifty', file, variants: ['nobody', 'coupon'], budget: { amount: 500, shoppers: 1_000 } },
    });
    expect(half.bought!.within.cost.value).toBeCloseTo(0.5, 6);
    expect(half.policy.budget!.price).toBeGreaterThan(bought!.budget.price);
  });

  it('finds no ranking once treatments are shuffled, and then writes nothing', async () => {
    const random = openRandom('shuffle');
    const shuffled = {
      ...units,
      arm: units.arm.map(() => Number(random.uniform() < 0.5)),
      // What a coupon cost went with it: only the purchases are left to be explained.
      profit: Float64Array.from(units.bought, (one) => one * scenario.margin),
    };
    await expect(trainPolicy(options(shuffled, { name: 'shuffled', learners: ['t_logistic', 'dr_ridge'] }))).rejects.toThrow(
      /earn more than treating nobody/,
    );
    expect(() => readPolicy(join(folder, 'shuffled', '1'))).toThrow();
  });
});

describe('what is refused', () => {
  it('an experiment smaller than its plan, with the number of shoppers that are missing', async () => {
    const few = trainPolicy(options(world('few', 2_000), { plannedLift: 0.15 }));
    await expect(few).rejects.toThrow(/not measurable yet: .* needs \d+ shoppers .*; \d+ more are needed/);
  });

  it.each([
    ['unit,variant,conversion,profit,propensity_nobody,age\nu1,nobody,0,0,0.5,3\n', /no column "propensity_coupon"/],
    [
      'unit,variant,conversion,profit,propensity_nobody,propensity_coupon,age\nu1,cupon,0,0,0.5,0.5,3\n',
      /row 1: variant is "cupon"/,
    ],
    ['unit,variant,conversion,profit,propensity_nobody,propensity_coupon,age\nu1,coupon,2,0,0.5,0.5,3\n', /conversion is 2/],
    ['unit,variant,conversion,profit,propensity_nobody,propensity_coupon,age\nu1,coupon,1,9,0.5,0.6,3\n', /sum to 1/],
    [
      'unit,variant,conversion,profit,propensity_nobody,propensity_coupon,age\nu1,coupon,1,9,1,0,3\n',
      /got a variant whose propensity is 0/,
    ],
    ['unit,variant,conversion,profit,propensity_nobody,propensity_coupon\nu1,coupon,1,9,0.5,0.5\n', /no numeric column/],
  ])('a table that cannot be believed: %#', async (text, said) => {
    const file = join(folder, 'bad.csv');
    writeFileSync(file, text);
    await expect(readUnits({ file, arms: ['nobody', 'coupon'] })).rejects.toThrow(said);
  });
});
