import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

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
    predictions: new Counter({
      name: 'predictions_total',
      help: 'Predictions answered.',
      labelNames: ['target', 'rung'],
      registers,
    }),
    latency: new Histogram({
      name: 'prediction_latency_seconds',
      help: 'Time from a prediction’s validated request to its answer.',
      labelNames: ['kind'],
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
      help: 'Events received, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    explanations: new Counter({
      name: 'tillcast_explanations_total',
      help: 'Explanations asked for, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
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
    ready: new Gauge({ name: 'tillcast_ready', help: '1 while /readyz answers 200.', registers }),
  };
}

export type Metrics = ReturnType<typeof openMetrics>;
