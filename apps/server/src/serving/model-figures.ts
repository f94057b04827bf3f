import type { Metrics } from '../http/metrics.ts';
import type { ChampionNews, Champions } from './champions.ts';

const figure = (value: unknown): number | undefined => {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' && Number.isFinite(first) ? first : undefined;
};

const figuresOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** Shows the figures of a model's own card, as they were measured on its test window; nothing live is claimed. */
export function showFigures(metrics: Metrics, champions: Champions, news: ChampionNews): void {
  metrics.swaps.inc({ model: news.target, outcome: news.kind });
  if (news.kind === 'refused') return;
  for (const metric of shown) metrics.accuracy.remove({ model: news.target, metric, basis: 'test', window: 'test' });
  const figures = figuresOf(champions.of(news.target)?.bundle.manifest.metrics.ensemble);
  for (const metric of shown) {
    const value = figure(figures[metric]);
    if (value !== undefined) metrics.accuracy.set({ model: news.target, metric, basis: 'test', window: 'test' }, value);
  }
}

const shown = ['roc_auc', 'pr_auc', 'log_loss', 'brier', 'ece'] as const;
