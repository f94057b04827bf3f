import { groupsOf } from '../scoring/groups.ts';
import { probabilityOf, softplus } from '../scoring/log-odds.ts';
import { evaluateScores, metricsOnDraw } from './evaluated-scores.ts';
import type { Metrics } from './metric.ts';
import { type RankMetrics, rankMetrics } from './rank-metrics.ts';
import { rankScores } from './ranked-scores.ts';

type Values = ArrayLike<number>;

function rankMetricsOf(logOdds: Values, labels: Values): RankMetrics {
  const ranked = rankScores(logOdds, labels);
  return rankMetrics(ranked, { rows: labels.length, positives: ranked.label.reduce((sum, label) => sum + label, 0) });
}

/** Area under the ROC curve, ties counted half (Mann & Whitney 1947); NaN with one class. */
export const rocAuc = (logOdds: Values, labels: Values): number => rankMetricsOf(logOdds, labels).rocAuc;

/** Average precision, Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores, as scikit-learn's `average_precision_score`. */
export const prAuc = (logOdds: Values, labels: Values): number => rankMetricsOf(logOdds, labels).prAuc;

/** Expected calibration error over ten equal-mass bins, in probability. */
export const ece = (logOdds: Values, labels: Values): number => rankMetricsOf(logOdds, labels).ece;

/** Mean negative log likelihood in nats, from log-odds, so that a confident score never needs clipping. */
export function logLoss(logOdds: Values, labels: Values): number {
  let loss = 0;
  for (let row = 0; row < logOdds.length; row++) loss += labels[row] === 1 ? softplus(-logOdds[row]!) : softplus(logOdds[row]!);
  return loss / logOdds.length;
}

/** Mean squared error of the probability. */
export function brier(logOdds: Values, labels: Values): number {
  let error = 0;
  for (let row = 0; row < logOdds.length; row++) error += (probabilityOf(logOdds[row]!) - labels[row]!) ** 2;
  return error / logOdds.length;
}

/** Purchase rate in the top share of scores over the rate of all rows; a tie at the cut counts in part. */
export function liftAt(share: 0.01 | 0.05 | 0.1, logOdds: Values, labels: Values): number {
  const { liftAt1, liftAt5, liftAt10 } = rankMetricsOf(logOdds, labels);
  return { 0.01: liftAt1, 0.05: liftAt5, 0.1: liftAt10 }[share];
}

/** Every metric of one model on one set of rows. */
export const metricsOf = (logOdds: Values, labels: Values): Metrics =>
  metricsOnDraw(evaluateScores(logOdds, labels, groupsOf(Int32Array.from({ length: logOdds.length }, (_, row) => row))));
