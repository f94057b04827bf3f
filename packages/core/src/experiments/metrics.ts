/** What happened to a unit after its exposure: this can decide. Amounts are per exposed unit, in the shop's currency. */
export const realisedMetrics = ['conversion', 'orders', 'revenue', 'margin'] as const;
export type RealisedMetric = (typeof realisedMetrics)[number];

/** What a model says of itself: shown, and never decides, since each variant would be its own judge. */
export const predictedMetrics = ['purchase_probability', 'log_odds', 'percentile', 'confidence_score'] as const;
export type PredictedMetric = (typeof predictedMetrics)[number];

export type Metric = RealisedMetric | PredictedMetric;

const otherNames: Readonly<Record<string, RealisedMetric>> = {
  conversion_rate: 'conversion',
  purchase: 'conversion',
  orders_per_unit: 'orders',
  revenue_per_unit: 'revenue',
  margin_per_unit: 'margin',
};

const isOneOf = <T extends string>(names: readonly T[], text: string): text is T => (names as readonly string[]).includes(text);

/** Whether a metric is of what happened. */
export const isRealised = (metric: Metric): metric is RealisedMetric => isOneOf(realisedMetrics, metric);

/** The metric of a name; undefined = there is none. */
export function metricOf(name: string): Metric | undefined {
  if (isOneOf(realisedMetrics, name) || isOneOf(predictedMetrics, name)) return name;
  return Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
}

/** Names that can be asked for, as a message lists them. */
export const metricNames = (): string => [...realisedMetrics, ...predictedMetrics].join(', ');
