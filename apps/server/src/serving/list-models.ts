import type { ModelsAnswer, ModelVersion } from '@tillcast/api/models';
import { formatDuration } from '@tillcast/core/learning/duration';
import { aliases, type ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { BundleManifest } from '@tillcast/core/scoring/bundle';
import type { ListModels } from '../http/routes/models.ts';
import { onWire } from './answer.ts';
import type { Champions } from './champions.ts';

function versionOnWire(manifest: BundleManifest, named: readonly string[], champions: Champions): ModelVersion {
  const live = champions.of(manifest.model);
  const serving = live?.bundle.manifest.version === manifest.version;
  return {
    name: manifest.model,
    version: manifest.version,
    target: manifest.target,
    horizon: formatDuration(manifest.horizonMs),
    aliases: [...named],
    serving,
    created_at: manifest.createdAt,
    content_hash: manifest.contentHash,
    features: manifest.features.length,
    members: manifest.members.map(({ name, rounds }) => ({
      name,
      rounds,
      weight: serving ? (live.bundle.blend.weights[name] ?? 0) : null,
    })),
    data: {
      from: onWire(manifest.data.fromMs),
      until: onWire(manifest.data.untilMs),
      events: manifest.data.events,
      rows: manifest.data.rows,
      positives: manifest.data.positives,
    },
    metrics: { ...manifest.metrics },
  };
}

/** Every version in the registry, newest first, and which one this process answers with. */
export function openListModels(registry: ModelRegistry, champions: Champions): ListModels {
  return async (): Promise<ModelsAnswer> => {
    const manifests = await registry.list();
    const models = await Promise.all(
      manifests.map(async (manifest) => {
        const named = await Promise.all(
          aliases.map(async (alias) => ((await registry.resolve(manifest.model, alias)) === manifest.version ? [alias] : [])),
        );
        return versionOnWire(manifest, named.flat(), champions);
      }),
    );
    return { models: models.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0)) };
  };
}
