import { analyse } from '@tillcast/core/experiments/statistics/analyse';
import { falsePositiveRate } from '@tillcast/core/experiments/statistics/analyse-aa';
import { leftOut } from '@tillcast/core/experiments/statistics/moments';
import { NameIndex } from '@tillcast/core/experiments/statistics/name-index';
import type { AnalysisPlan, MetricPlan } from '@tillcast/core/experiments/statistics/plan';
import { defaultSplitAlarm } from '@tillcast/core/experiments/statistics/srm';
import { collectUnits, type Units } from '@tillcast/core/experiments/statistics/units';
import { openRandom } from '@tillcast/core/simulation/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const dayMs = 86_400_000;
const conversion: MetricPlan = {
  ...{ name: 'conversion', role: 'primary', better: 'higher' },
  shape: { kind: 'proportion', column: 'conversion' },
};
const revenue: MetricPlan = { name: 'revenue', role: 'guardrail', better: 'higher', shape: { kind: 'mean', column: 'revenue' } };

const plan: AnalysisPlan = {
  ...{ metrics: [conversion], covariates: [], method: { kind: 'fixed' }, assurance: { alpha: 0.05, power: 0.8 } },
  ...{ minimumLift: 0.1, minimumDays: 0, maturityMs: 0, isDecidedByCuped: false, split: defaultSplitAlarm },
};

interface Shop {
  readonly n: number;
  readonly rates: Readonly<Record<string, number>>;
  readonly days?: number;
  readonly seed?: number;
}
const names = ['conversion', 'revenue', 'pre_score', 'differs'];

/** Units with a conversion, an amount, a score before exposure that tells the first in part, and a trigger for every fourth. */
function shop({ n, rates, days = 10, seed = 1 }: Shop): Units {
  const random = openRandom(seed);
  const collector = collectUnits(names, {});
  const arms = Object.entries(rates);
  for (let unit = 0; unit < n; unit++) {
    const [variant, rate] = arms[unit % arms.length]!;
    const score = random.uniform();
    const bought = Number(random.uniform() < 2 * rate * score);
    const values = [bought, bought * (20 + 10 * random.uniform()), score, Number(unit % 8 < 2)];
    collector.add({ unit: `u${unit}`, variant, exposedAtMs: Math.floor((unit * days * dayMs) / n), values }, `row ${unit}`);
  }
  return collector.finish();
}

describe('verdicts', () => {
  const verdict = (given: Shop, change: Partial<AnalysisPlan> = {}) => analyse(shop(given), { ...plan, ...change }).verdict;

  it('ship', () => {
    expect(verdict({ n: 20_000, rates: { a: 0.1, b: 0.13 } })).toMatchObject({ action: 'ship', variant: 'b' });
    expect(verdict({ n: 20_000, rates: { a: 0.1, b: 0.13 } }).text).toMatch(/^ship b: conversion \+\d+\.\d % \(95 % interval/);
  });

  it('stop: worse', () => expect(verdict({ n: 20_000, rates: { a: 0.13, b: 0.1 } }).text).toMatch(/^stop b: it is worse/));

  it('stop: enough was seen', () =>
    expect(verdict({ n: 60_000, rates: { a: 0.1, b: 0.1 } }).text).toMatch(
      /^stop b: enough shoppers were seen for a lift of 10\.0 %/,
    ));

  it('not yet, with days and shoppers at the pace so far', () => {
    const told = verdict({ n: 4_000, rates: { a: 0.1, b: 0.1 } });
    expect(told.text).toMatch(/^not yet: about \d+ days and [\d,]+ shoppers more for b/);
    // 10 % of 10 % takes about 28,200 over both arms.
    expect(told.unitsMore! + 4_000).toBeGreaterThan(20_000);
    expect(told.unitsMore! + 4_000).toBeLessThan(36_000);
    expect(Math.abs(told.daysMore! - told.unitsMore! / 400)).toBeLessThan(1.1);
  });

  it('a fixed test waits for its planned end, an always-valid one does not', () => {
    const clear = { n: 20_000, rates: { a: 0.1, b: 0.14 } };
    expect(verdict(clear, { plannedUnits: 40_000 })).toMatchObject({ action: 'not_yet', unitsMore: 20_000 });
    const sequential = { kind: 'sequential', mixture: 'two_peak' } as const;
    expect(verdict(clear, { plannedUnits: 40_000, method: sequential }).action).toBe('ship');
  });

  it('of units that count, says how many shoppers come by with them; of less than a day, no days', () => {
    const triggered = verdict({ n: 8_000, rates: { a: 0.1, b: 0.1 } }, { triggerColumn: 'differs' });
    expect(triggered.text).toMatch(
      /^not yet: about \d+ days and ([\d,]+) shoppers more, ([\d,]+) of them where the variants would decide differently, for b/,
    );
    const [, all, some] = /and ([\d,]+) shoppers more, ([\d,]+) of/
      .exec(triggered.text)!
      .map((text) => Number(text.replaceAll(',', '')));
    expect(all! / some!).toBeCloseTo(4, 0);
    const early = verdict({ n: 4_000, rates: { a: 0.1, b: 0.1 }, days: 0.1 });
    expect(early.text).toMatch(/^not yet: about [\d,]+ shoppers more for b/);
    expect(verdict({ n: 4_000, rates: { a: 0.1, b: 0.1 }, days: 0.1 }, { minimumDays: 7 }).text).toMatch(
      /^not yet: at least 7 days, and about [\d,]+ shoppers more for b/,
    );
  });

  it('what is clear and waits for its days alone says so, before what is not clear', () => {
    const rates = { a: 0.1, b: 0.1, c: 0.14 };
    expect(verdict({ n: 30_000, rates }, { minimumDays: 14 })).toMatchObject({
      ...{ action: 'not_yet', daysMore: 5 },
      text: expect.stringMatching(
        /^not yet: clear, but the minimum run of 14 days is not over: 5 more for c; so far conversion \+/,
      ),
    });
  });

  it('an interval that says nothing relative to control is told in points', () =>
    expect(verdict({ n: 60, rates: { a: 0.1, b: 0.1 } }).text).toMatch(/conversion [+−]\d+\.\d points \(95 % interval [+−]/));

  it('nothing is shipped before the least number of days', () =>
    expect(verdict({ n: 20_000, rates: { a: 0.1, b: 0.14 } }, { minimumDays: 14, minimumLift: 0.2 })).toMatchObject({
      action: 'not_yet',
      daysMore: 5,
    }));

  it('a guardrail that is harmed stops a winner', () => {
    const units = shop({ n: 20_000, rates: { a: 0.1, b: 0.14 } });
    const poorer = units.columns.get('revenue')!.map((value, row) => (units.arm[row] === 1 ? value * 0.5 : value));
    const harmed = { ...units, columns: new Map([...units.columns, ['revenue', poorer]]) };
    expect(analyse(harmed, { ...plan, metrics: [conversion, revenue] }).verdict.text).toMatch(
      /^stop b: it harms a guardrail: revenue −/,
    );
    expect(analyse(units, { ...plan, metrics: [conversion, revenue] }).verdict.action).toBe('ship');
  });

  it('a guardrail with a bound: a proven fall within it is borne, one beyond it stops, one that may be beyond it is named beside ship', () => {
    const units = shop({ n: 60_000, rates: { a: 0.1, b: 0.14 } });
    const scaled = (factor: number) => ({
      ...units,
      columns: new Map([
        ...units.columns,
        ['revenue', units.columns.get('revenue')!.map((value, row) => (units.arm[row] === 1 ? (value * factor) / 1.4 : value))],
      ]),
    });
    const told = (factor: number, maxDrop: number) =>
      analyse(scaled(factor), { ...plan, metrics: [conversion, { ...revenue, maxDrop }] }).verdict.text;
    expect(told(0.9, 0.2)).toMatch(/^ship b: conversion \+/);
    expect(told(0.9, 0.2)).not.toMatch(/revenue/);
    expect(told(0.9, 0.02)).toMatch(/^stop b: it harms a guardrail: revenue −.*; 2 % is borne/);
    expect(told(0.9, 0.1)).toMatch(/^ship b: conversion .*; not known yet whether it keeps revenue: revenue −.*; 10 % is borne$/);
  });

  it('a wrong split stops everything', () => {
    const text = verdict({ n: 20_000, rates: { a: 0.1, b: 0.14 } }, { weights: { a: 0.6, b: 0.4 } }).text;
    expect(text).toMatch(/^stop: the split is wrong: 10,000 : 10,000 units where 60\.0 % : 40\.0 % was designed/);
  });

  it('models on which nothing acts are an A/A test', () =>
    expect(verdict({ n: 20_000, rates: { a: 0.1, b: 0.14 } }, { models: { hasAction: false } }).text).toMatch(
      /^stop: .*A\/A test/,
    ));

  it('of several variants, the better winner is shipped; Holm asks more of each', () => {
    const { verdict: told, comparisons } = analyse(shop({ n: 45_000, rates: { a: 0.1, b: 0.12, c: 0.14 } }), plan);
    expect(told).toMatchObject({ action: 'ship', variant: 'c' });
    for (const { figures } of comparisons) expect(figures!.holm).toBeGreaterThanOrEqual(figures!.decisive.pValue);
  });
});

describe('what cannot be measured is said', () => {
  const reasonOf = (units: Units, metric: MetricPlan) =>
    analyse(units, { ...plan, metrics: [metric] }).comparisons.map(({ notMeasurable }) => notMeasurable);

  it('no column, no variance, one side only, gaps', () => {
    const units = shop({ n: 100, rates: { a: 0.3, b: 0.3 } });
    const column = (name: string, values: Float64Array): Units => ({ ...units, columns: new Map([[name, values]]) });
    const metric = (name: string): MetricPlan => ({ ...conversion, name, shape: { kind: 'mean', column: name } });
    expect(reasonOf(units, metric('signups'))).toEqual(['the table has no column "signups"']);
    expect(reasonOf(column('x', new Float64Array(100).fill(3)), metric('x'))[0]).toMatch(/^zero variance in control/);
    expect(reasonOf(column('x', new Float64Array(100).fill(Number.NaN)), metric('x'))[0]).toMatch(
      /^100 units have no value of "x"/,
    );
    const collector = collectUnits(['conversion'], { variants: ['a', 'b'] });
    for (let unit = 0; unit < 9; unit++) collector.add({ unit: `${unit}`, variant: 'a', exposedAtMs: 0, values: [unit % 2] }, '');
    expect(reasonOf(collector.finish(), conversion)).toEqual(['no units in the variant']);
  });

  it('a ratio whose denominator is 0, a quantile of too few', () => {
    const units = shop({ n: 60, rates: { a: 0.3, b: 0.3 } });
    const nothing = { ...units, columns: new Map([...units.columns, ['none', new Float64Array(60)]]) };
    const ratio = { kind: 'ratio', numerator: 'revenue', denominator: 'none' } as const;
    expect(reasonOf(nothing, { ...conversion, shape: ratio })[0]).toMatch(/denominator "none" is 0/);
    expect(reasonOf(units, { ...conversion, shape: { kind: 'quantile', column: 'revenue', level: 0.95 } })[0]).toMatch(/too few/);
  });
});

describe('who counts', () => {
  it('names are numbered as a map would', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 4 }), { maxLength: 5_000, size: 'max' }), (names) => {
        const [index, map] = [new NameIndex(), new Map<string, number>()];
        for (const name of names) {
          if (!map.has(name)) map.set(name, map.size);
          expect(index.numberOf(name)).toBe(map.get(name));
        }
        expect(index.size).toBe(map.size);
      }),
      { numRuns: 20 },
    );
  });

  it('crossovers are left out and counted once, repeats of the same are dropped, contradictions refused', () => {
    const collector = collectUnits(['conversion'], {});
    const add = (unit: string, variant: string, value: number) =>
      collector.add({ unit, variant, exposedAtMs: 0, values: [value] }, `line ${unit}`);
    add('1', 'a', 0);
    add('2', 'b', 1);
    add('1', 'b', 1);
    add('1', 'a', 1);
    add('2', 'b', 1);
    add('3', 'a', 0);
    const units = collector.finish();
    expect(units.excluded).toEqual({ crossover: 1, repeated: 1, holdout: 0 });
    expect([...units.arm]).toEqual([leftOut, 1, 0]);
    add('3', 'a', 1);
    expect(() => collector.finish()).toThrow(/line 3: unit "3" stands in the table twice with different values/);
  });

  it('control comes first wherever it stood; unknown variants and controls are refused; holdouts count nowhere', () => {
    const collector = collectUnits([], { variants: ['a', 'b'], control: 'b', holdout: 'out' });
    const row = { exposedAtMs: 0, values: [] };
    collector.add({ ...row, unit: '1', variant: 'a' }, 'line 2');
    collector.add({ ...row, unit: '2', variant: 'out' }, 'line 3');
    expect(() => collector.add({ ...row, unit: '3', variant: 'c' }, 'line 4')).toThrow(/line 4: variant "c" is unknown; .* a, b/);
    const units = collector.finish();
    expect(units.arms).toEqual(['b', 'a']);
    expect(units.excluded.holdout).toBe(1);
    expect(() => collectUnits([], { variants: ['a'], control: 'z' }).finish()).toThrow(/"z" is no variant/);
  });

  it('as of a date: later exposures are not known, young ones wait for their outcome', () => {
    const units = shop({ n: 1_000, rates: { a: 0.3, b: 0.3 }, days: 10 });
    const asOf = analyse(units, { ...plan, maturityMs: 2 * dayMs }, 6 * dayMs);
    expect(asOf.excluded).toMatchObject({ later: 399, immature: 200 });
    expect(asOf.arms[0]!.n + asOf.arms[1]!.n).toBe(401);
    expect(analyse(units, plan).arms[0]!.n).toBe(500);
  });

  it('triggered: only units whose decision differs, their share told', () => {
    const units = shop({ n: 8_000, rates: { a: 0.3, b: 0.3 } });
    const told = analyse(units, { ...plan, triggerColumn: 'differs' });
    expect(told.triggered).toEqual({ units: 2_000, share: 0.25 });
    expect(told.split.counts).toEqual([4_000, 4_000]);
    expect(analyse(units, { ...plan, triggerColumn: 'nowhere' }).notes.join()).toMatch(/no column "nowhere"/);
  });
});

describe('CUPED in an analysis', () => {
  const units = shop({ n: 40_000, rates: { a: 0.2, b: 0.22 } });

  it('narrows by what the score knew', () => {
    const { cuped, fixed } = analyse(units, { ...plan, covariates: ['pre_score'] }).comparisons[0]!.figures!;
    expect(cuped!.varianceRatio).toBeLessThan(0.98);
    expect(cuped!.compared.standardError).toBeLessThan(fixed.standardError);
  });

  it('refuses a covariate that the treatment touched, by its mean or its spread', () => {
    const touched = (change: (score: number) => number) => {
      const score = units.columns.get('pre_score')!.map((value, row) => (units.arm[row] === 1 ? change(value) : value));
      return analyse(
        { ...units, columns: new Map([...units.columns, ['pre_score', score]]) },
        { ...plan, covariates: ['pre_score'] },
      );
    };
    for (const change of [(score: number) => score + 0.03, (score: number) => 0.5 + 1.1 * (score - 0.5)]) {
      const told = touched(change);
      expect(told.comparisons[0]!.figures!.cuped).toBeUndefined();
      expect(told.notes.join()).toMatch(
        /covariate pre_score is not used: its (mean|spread) differs .* not known before the exposure/,
      );
    }
    expect(touched((score) => score).comparisons[0]!.figures!.cuped).toBeDefined();
  });

  it('fills gaps with the mean over all arms', () => {
    const holes = units.columns.get('pre_score')!.map((value, row) => (row % 3 === 0 ? Number.NaN : value));
    const told = analyse(
      { ...units, columns: new Map([...units.columns, ['pre_score', holes]]) },
      { ...plan, covariates: ['pre_score'] },
    );
    expect(told.comparisons[0]!.figures!.cuped!.varianceRatio).toBeLessThan(1);
  });
});

describe('A/A over a shop’s own units', () => {
  it('a fixed rule finds what is not there in about α of the redraws, an always-valid one in less', () => {
    const units = shop({ n: 4_000, rates: { a: 0.1, b: 0.1 } });
    const rate = (change: Partial<AnalysisPlan>) =>
      falsePositiveRate(units, { ...plan, ...change }, { runs: 1_000, random: openRandom(5) });
    expect(Math.abs(rate({}) - 0.05)).toBeLessThan(0.021);
    expect(rate({ method: { kind: 'sequential', mixture: 'two_peak' }, plannedUnits: 4_000 })).toBeLessThan(0.02);
  });
});

describe.runIf(process.env.TILLCAST_LONG === '1')('a million units', () => {
  it('are analysed in two seconds of one processor', () => {
    const units = shop({ n: 1_000_000, rates: { a: 0.03, b: 0.033 } });
    const metrics: MetricPlan[] = [
      conversion,
      { ...revenue, role: 'secondary', shape: { kind: 'mean', column: 'revenue', cap: { level: 0.99, isPositiveOnly: false } } },
      {
        ...revenue,
        name: 'order value',
        role: 'secondary',
        shape: { kind: 'ratio', numerator: 'revenue', denominator: 'conversion' },
      },
    ];
    const before = process.cpuUsage();
    analyse(units, {
      ...plan,
      metrics,
      covariates: ['pre_score'],
      method: { kind: 'sequential', mixture: 'two_peak' },
      plannedUnits: 1e6,
    });
    const seconds = process.cpuUsage(before).user / 1e6;
    console.log(`a million units: ${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThanOrEqual(2);
  });
});
