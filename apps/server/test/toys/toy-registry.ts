import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ModelRegistry, OpenedBundle } from '@tillcast/core/ports/model-registry';
import type { Target } from '@tillcast/core/scoring/bundle';

/** A registry in memory, as far as serving reads one: versions by model, and where `champion` points. */
export function toyRegistry(bundles: readonly OpenedBundle[] = []) {
  const versions = new Map<string, OpenedBundle>();
  const champions = new Map<Target, string>();
  const key = (model: Target, version: string): string => `${model}/${version}`;
  const resolve = (model: Target, name: string): string | undefined =>
    name === 'champion' ? champions.get(model) : versions.has(key(model, name)) ? name : undefined;
  const promote = (bundle: OpenedBundle): void => {
    versions.set(key(bundle.manifest.model, bundle.manifest.version), bundle);
    champions.set(bundle.manifest.model, bundle.manifest.version);
  };
  bundles.forEach(promote);
  const notHere = (): never => {
    throw new TillcastError('MODEL_NOT_FOUND', 'the toy registry does not do this');
  };
  const registry: ModelRegistry = {
    add: async () => notHere(),
    list: async (model) =>
      [...versions.values()]
        .map(({ manifest }) => manifest)
        .filter((manifest) => model === undefined || manifest.model === model),
    open: async (model, name) => versions.get(key(model, resolve(model, name) ?? '')) ?? notHere(),
    resolve: async (model, name) => resolve(model, name),
    move: async () => notHere(),
    history: async () => [],
    at: async () => undefined,
  };
  return { registry, promote, demote: (model: Target) => champions.delete(model) };
}
