/** Every figure of a leaderboard, in the order in which it is computed. */
export const metricNames = [
  'logLoss',
  'brier',
  'rocAuc',
  'prAuc',
  'ece',
  'liftAt1',
  'liftAt5',
  'liftAt10',
  'calibrationSlope',
  'calibrationIntercept',
] as const;
export type MetricName = (typeof metricNames)[number];

/** NaN (null in JSON) where a figure cannot be told from the rows at hand. */
export type Metrics = Readonly<Record<MetricName, number>>;

/** The side on which a metric is good; calibration has a middle instead. */
export const betterWhen: Readonly<Record<MetricName, 'lower' | 'higher' | 'near_one' | 'near_zero'>> = {
  logLoss: 'lower',
  brier: 'lower',
  rocAuc: 'higher',
  prAuc: 'higher',
  ece: 'lower',
  liftAt1: 'higher',
  liftAt5: 'higher',
  liftAt10: 'higher',
  calibrationSlope: 'near_one',
  calibrationIntercept: 'near_zero',
};

/** A figure and its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
