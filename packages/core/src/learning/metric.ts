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

/** An interval as answers give it: value, low, high. */
export const tripleOf = ({ value, low, high }: Interval): [value: number, low: number, high: number] => [value, low, high];

/** An interval of money a shopper, as a terminal shows it. */
export const intervalText = ({ value, low, high }: Interval): string =>
  `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
