import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { cappedLabel } from './capped-label.ts';
import { Counter } from './counter.ts';
import { Durations } from './durations.ts';

/** Names of variants that get a series of their own. */
const maxVariantLabels = 64;
const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * What Prometheus reads. Labels are closed sets (targets, rungs, outcomes, metric names) or routes of this app:
 * no shopper, item, session or prediction id ever becomes one.
 */
export function openMetrics({ process: withProcess = true }: { process?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (withProcess) collectDefaultMetrics({ register: registry });
  return {
    registry,
    /** The label of a variant; beyond so many names they go by `other`. */
    variantLabel: cappedLabel(maxVariantLabels),
    experimentLabel: cappedLabel(maxVariantLabels),
    exposures: new Counter({
      name: 'tillcast_experiment_exposures_total',
      help: 'Units exposed to an experiment first, by variant; held_out: kept out by its holdout.',
      labelNames: ['experiment', 'variant'],
      registers,
    }),
    exposureLines: new Counter({
      name: 'tillcast_exposure_log_lines_total',
      help: 'Exposures by what became of them: written, known (another process was first), shed (the log failed for too long).',
      labelNames: ['outcome'],
      registers,
    }),
    predictions: new Counter({
      name: 'predictions_total',
      help: 'Predictions answered.',
      labelNames: ['target', 'rung'],
      registers,
    }),
    latency: new Durations({
      name: 'prediction_latency_seconds',
      help: 'Time from a prediction’s validated request to its answer.',
      label: 'kind',
      buckets: latencyBuckets,
      registers,
    }),
    accuracy: new Gauge({
      name: 'model_accuracy',
      help: 'Figures of the serving models, measured on their own test window (basis "test").',
      labelNames: ['model', 'metric', 'basis', 'window'],
      registers,
    }),
    variants: new Counter({
      name: 'ab_test_predictions_total',
      help: 'Predictions by variant of an experiment; "none" outside any.',
      labelNames: ['variant'],
      registers,
    }),
    variantsReference: new Counter({
      name: 'ab_test_predictions',
      help: 'The same as ab_test_predictions_total, under its older name.',
      labelNames: ['variant'],
      registers,
    }),
    events: new Counter({
      name: 'tillcast_events_total',
      help: 'Events received, by what became of them: accepted, duplicate, rejected, dead. They add up to tillcast_events_received_total.',
      labelNames: ['outcome'],
      registers,
    }),
    items: new Counter({
      name: 'tillcast_items_total',
      help: 'Facts about items received, by what became of them: accepted, duplicate, rejected.',
      labelNames: ['outcome'],
      registers,
    }),
    received: new Counter({
      name: 'tillcast_events_received_total',
      help: 'Events received whose fate is certain.',
      registers,
    }),
    eventMarks: new Counter({
      name: 'tillcast_event_marks_total',
      help: 'Accepted events that something must be said of: bot and internal (by the traffic rules), clock_ahead, too_late_for_features.',
      labelNames: ['mark'],
      registers,
    }),
    deadLettersDropped: new Counter({
      name: 'tillcast_dead_letters_dropped_total',
      help: 'Dead letters that had to make room for newer ones.',
      registers,
    }),
    explanations: new Counter({
      name: 'tillcast_explanations_total',
      help: 'Explanations asked for, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    explanationCache: new Counter({
      name: 'tillcast_explanation_cache_total',
      help: 'Explanations given, by how they were come by: hit, joined (asked at the same time), miss.',
      labelNames: ['outcome'],
      registers,
    }),
    predictionLines: new Counter({
      name: 'tillcast_prediction_log_lines_total',
      help: 'Lines of the prediction log: written, shed (no room), lost (not written by the end).',
      labelNames: ['outcome'],
      registers,
    }),
    predictionLinesWaiting: new Gauge({
      name: 'tillcast_prediction_log_lines_waiting',
      help: 'Lines of the prediction log that are not written yet.',
      registers,
    }),
    labels: new Counter({ name: 'tillcast_labels_total', help: 'Versions of labels decided.', registers }),
    swaps: new Counter({
      name: 'tillcast_model_swaps_total',
      help: 'Moves of the champion seen, by what became of them.',
      labelNames: ['model', 'outcome'],
      registers,
    }),
    requests: new Counter({
      name: 'tillcast_http_requests_total',
      help: 'Requests answered.',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    ready: new Gauge({ name: 'tillcast_ready', help: '1 while /readyz answers 200 (ready or degraded).', registers }),
  };
}

export type Metrics = ReturnType<typeof openMetrics>;
