import { leaderboard } from '@tillcast/core/learning/leaderboard';
import { type CardFacts, modelCard } from '@tillcast/core/learning/model-card';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';
import { makeTable } from './table.ts';

const options = (replicates = 200) => ({ random: openRandom('board'), replicates });
const table = makeTable('leaderboard', 12_000);
const members = [
  table.member('catboost', 1, 0.5),
  table.member('xgboost', 1.3, 0.6),
  table.member('lightgbm', 0.9, 0.7),
  table.member('random_forest', 0.8, 0.8),
];
const report = leaderboard(table.data, members, options());

const facts: CardFacts = {
  target: 'session',
  horizon: 'PT24H',
  label: 'label',
  version: 'v1',
  createdAt: '2026-11-23T00:00:00Z',
  timeZone: 'Europe/Vienna',
  seed: 7,
  data: { fromMs: 1_790_000_000_000, untilMs: 1_792_000_000_000, events: 40_000, rows: 12_000, positives: 1500 },
  featureCount: 6,
  members: members.map(({ name }) => ({ name, rounds: 300, trials: 10, library: `${name} 1.0` })),
};

describe('the leaderboard', () => {
  it('shows every member, blend and baseline, each with intervals that hold their figure', () => {
    expect(report.members.map(({ name }) => name)).toEqual(['catboost', 'xgboost', 'lightgbm', 'random_forest']);
    expect(report.blends.map(({ name }) => name)).toEqual(['log_odds', 'soft']);
    expect(report.baselines.map(({ name }) => name)).toEqual([
      'base_rate',
      'base_rate_recent',
      'category_prior',
      'logistic_regression',
    ]);
    for (const { metrics } of [...report.members, ...report.blends]) {
      for (const { value, low, high } of Object.values(metrics)) {
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
    }
  });

  it('the blend is better than the constant and not worse than any member, and is promoted', () => {
    const blend = report.blends.find(({ name }) => name === report.chosen)!;
    expect(blend.logLossAgainst.constant.high).toBeLessThan(0);
    expect(blend.logLossAgainst.bestMember.low).toBeLessThanOrEqual(0);
    expect(report.beatsBaselines.promoted).toBe(true);
    expect(report.beatsBaselines.reasons.every((reason) => reason.startsWith('PASS'))).toBe(true);
  });

  it('calibrates each member alone for the comparison, and shows it raw as well', () => {
    const xgboost = report.members[1]!;
    expect(xgboost.metrics.logLoss.value).toBeLessThan(xgboost.raw.logLoss);
  });

  it('counts windows, slices the test window, and names what is too small', () => {
    expect(report.windows.test).toMatchObject({ rows: 2400 });
    const total = (by: string) =>
      [...report.slices, ...report.slicesLeftOut].filter((slice) => slice.by === by).reduce((sum, { rows }) => sum + rows, 0);
    for (const by of ['category', 'shopper', 'rung']) expect(total(by)).toBe(2400);
    expect(report.slices.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['new', 'returning', 'shoes', 'unknown', 'behavioural', 'profile']),
    );
    const small = makeTable('small slices', 3000);
    const rare = { ...small.data, categories: small.data.categories.map((_, row) => (row % 50 === 0 ? 'rare' : 'common')) };
    expect(leaderboard(rare, [small.member('catboost', 1, 0.3)], options(50)).slicesLeftOut).toContainEqual(
      expect.objectContaining({ name: 'rare' }),
    );
  });

  it('is the same for the same seed', () => {
    expect(leaderboard(table.data, members, options())).toEqual(report);
  });

  it('learns nothing from the test window: blends and weights do not move when its labels are turned over', () => {
    const { data } = table;
    const turned = {
      ...data,
      labels: Uint8Array.from(data.labels, (label, row) => (data.splits[row] === 'test' ? 1 - label : label)),
    };
    const other = leaderboard(turned, members, options(50));
    expect(other.blends.map(({ blend }) => blend)).toEqual(report.blends.map(({ blend }) => blend));
    expect(other.beatsBaselines.promoted).toBe(false);
  });
});

describe('the gate', () => {
  it('refuses an ensemble that knows nothing, and says against whom', () => {
    const noise = makeTable('noise', 6000, { base: -3 });
    const verdict = leaderboard(noise.data, [noise.member('catboost', 0, 1)], options(100)).beatsBaselines;
    expect(verdict.promoted).toBe(false);
    expect(verdict.reasons.find((reason) => reason.includes('logistic_regression'))).toMatch(/^FAIL/);
  });
});

describe('few buyers', () => {
  const few = makeTable('few', 2000, { base: -4, hasBlend: false });
  it('blends on out-of-fold scores, and stays near the base rate rather than being surely wrong', () => {
    const overfitted = leaderboard(few.data, [few.member('catboost', 3, 4), few.member('xgboost', 3, 4)], options());
    expect(overfitted.fittedOn).toBe('out_of_fold');
    expect(overfitted.baselines.map(({ name }) => name)).not.toContain('base_rate_recent');
    const [blend] = overfitted.blends;
    expect(blend!.logLossAgainst.constant.low).toBeLessThanOrEqual(0);
    expect(blend!.metrics.logLoss.value).toBeLessThan(overfitted.members[0]!.raw.logLoss / 2);
  });

  it('without out-of-fold scores there is nothing honest to fit on', () => {
    const { name, raw } = few.member('catboost', 1, 1);
    expect(() => leaderboard(few.data, [{ name, raw }], options())).toThrowError(/out-of-fold/);
  });

  it('a test window of one class is refused', () => {
    const labels = Uint8Array.from(few.data.labels, (label, row) => (few.data.splits[row] === 'test' ? 0 : label));
    expect(() => leaderboard({ ...few.data, labels }, [few.member('catboost', 1, 1)], options())).toThrowError(
      expect.objectContaining({ code: 'ONE_CLASS' }),
    );
  });
});

describe('the model card', () => {
  const card = modelCard(report, facts);

  it('tells what is predicted, how well, for whom, and where it ends', () => {
    for (const heading of [
      'In short',
      'What is predicted',
      'Data',
      'Leaderboard on the test window',
      'Calibration',
      'Lift',
      'Slices',
      'How it is made',
      'Limits',
    ]) {
      expect(card).toContain(`\n## ${heading}\n`);
    }
    for (const { name } of [...report.members, ...report.blends, ...report.baselines]) expect(card).toContain(name);
    expect(card).toContain('within PT24H');
    expect(card).toContain('refitted on all data');
    expect(card).toContain('32 bits');
    expect(card).not.toMatch(/undefined|NaN|null|\[object/);
  });

  it('says the same after a journey through JSON, and says "not known" where nothing is', () => {
    expect(modelCard(JSON.parse(JSON.stringify(report)), facts)).toBe(card);
    const unknown = { value: Number.NaN, low: Number.NaN, high: Number.NaN };
    const blends = report.blends.map((blend) => ({ ...blend, metrics: { ...blend.metrics, rocAuc: unknown } }));
    expect(modelCard(JSON.parse(JSON.stringify({ ...report, blends })), facts)).toContain('not known (interval not known)');
  });

  it('admits a refused gate, and a category name cannot break its tables', () => {
    const refused = {
      ...report,
      beatsBaselines: { promoted: false, reasons: ['FAIL log loss'] },
      slices: report.slices.map((slice) => ({ ...slice, name: 'a|b\nc' })),
    };
    const text = modelCard(refused, facts);
    expect(text).toContain('**not** passed');
    expect(text).toContain('a\\|b c');
  });
});
