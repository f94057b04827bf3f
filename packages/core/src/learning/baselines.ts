import { groupsOf } from '../scoring/groups.ts';
import { logOddsOf } from '../scoring/log-odds.ts';
import { fitPlatt } from './calibrate.ts';
import { at, type LeaderboardData, rowsOf } from './leaderboard-data.ts';
import { fitLogistic } from './logistic.ts';
import { fitCategoryPrior } from './prior-by-category.ts';

/** A simple forecaster that every ensemble must beat. */
export interface Baseline {
  readonly name: 'base_rate' | 'base_rate_recent' | 'category_prior' | 'logistic_regression';
  /** Whether it gives every row the same answer. */
  readonly isConstant: boolean;
  logOdds(row: number): number;
}

/**
 * The baselines, fitted on `train` alone. `calibrateOn` are the rows of the blend window, where there is one: what the ensemble learns
 * there of the latest weeks, the baselines may learn too (the recent base rate; the regression's calibration).
 */
export function fitBaselines(data: LeaderboardData, calibrateOn: Int32Array | undefined): readonly Baseline[] {
  const train = rowsOf(data, 'train');
  const prior = fitCategoryPrior(data.categories, data.labels, train);
  return [
    constant('base_rate', data, train),
    ...(calibrateOn === undefined ? [] : [constant('base_rate_recent', data, calibrateOn)]),
    { name: 'category_prior', isConstant: false, logOdds: (row) => prior(data.categories[row]!) },
    { name: 'logistic_regression', isConstant: false, logOdds: regression(data, train, calibrateOn) },
  ];
}

function constant(name: 'base_rate' | 'base_rate_recent', { labels }: LeaderboardData, rows: Int32Array): Baseline {
  const positives = rows.reduce((sum, row) => sum + labels[row]!, 0);
  const logOdds = logOddsOf((positives + 0.5) / (rows.length + 1));
  return { name, isConstant: true, logOdds: () => logOdds };
}

function regression(data: LeaderboardData, train: Int32Array, calibrateOn: Int32Array | undefined): (row: number) => number {
  const model = fitLogistic(data, train, data.folds);
  if (calibrateOn === undefined) return (row) => model.logOdds(data.rows, row);
  const scores = Float64Array.from(calibrateOn, (row) => model.logOdds(data.rows, row));
  const groups = groupsOf(Array.from(calibrateOn, (row) => data.groups[row]!)).code;
  const { slope, intercept } = fitPlatt(scores, at(data.labels, calibrateOn), { groups });
  return (row) => intercept + slope * model.logOdds(data.rows, row);
}
