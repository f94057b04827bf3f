import { medianOf } from '../trees/measure.ts';
import type { Percentiles } from './open-loop.ts';

/** Each published ratio: our answers a second over the other's, so that more is better. */
export const ratioPairs: Readonly<Record<string, readonly [ours: string, theirs: string]>> = {
  predict_vs_fastapi: ['ours/predict', 'fastapi/predict'],
  explain_vs_fastapi: ['ours/explain', 'fastapi/explain'],
  predict_vs_bare_fastify: ['ours/predict', 'bare_fastify/predict'],
  predict_vs_fastapi_forest_loop: ['ours/predict', 'fastapi_forest_loop/predict'],
};

/** The ratios of the medians over all rounds; null where a side was not measured. */
export const ratiosOf = (perSecond: Readonly<Record<string, readonly number[]>>): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(ratioPairs).map(([name, [ours, theirs]]) => {
      const [a, b] = [perSecond[ours], perSecond[theirs]];
      return [name, a === undefined || b === undefined ? null : Number((medianOf([...a]) / medianOf([...b])).toPrecision(4))];
    }),
  );

/** How many times as long the slowest of a hundred waits with ours as with bare Fastify, both asked at the same rate; less is better. */
export const p99Ratio = (latencyMs: Readonly<Record<string, Percentiles>>): number | null => {
  const [ours, bare] = [latencyMs['ours/at_rate'], latencyMs['bare_fastify/at_rate']];
  return ours === undefined || bare === undefined ? null : Number((ours.p99 / bare.p99).toPrecision(3));
};
