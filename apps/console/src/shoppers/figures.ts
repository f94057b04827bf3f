import type { ModelVersion } from '@tillcast/api/models';

/** A figure with its 95 % interval, as the model's metrics carry it. */
export type Figure = readonly [value: number, low: number, high: number];

/** The evaluated twin's figure `name` of `who` (`ensemble` or `constant`); undefined where the model does not say. */
export function figure(model: ModelVersion, who: 'ensemble' | 'constant', name: string): Figure | undefined {
  const group = model.metrics[who];
  const found = typeof group === 'object' && group !== null ? (group as Record<string, unknown>)[name] : undefined;
  if (!Array.isArray(found) || found.length !== 3 || !found.every((part) => typeof part === 'number')) return undefined;
  return found as unknown as Figure;
}
