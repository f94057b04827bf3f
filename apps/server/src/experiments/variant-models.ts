import type { PinnedModels } from '@tillcast/core/ports/experiment-store';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { Bundle } from '@tillcast/core/scoring/bundle';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { warmUp } from '../serving/champions.ts';
import type { ExplainPoolSettings } from '../serving/explain-pool.ts';
import { onlyWith } from '../serving/ladder.ts';
import { type LiveModel, openLiveModel, type ServingSettings } from '../serving/live-model.ts';

/** The models that variants answer with, loaded once each. */
export interface VariantModels {
  /** The models of an experiment by variant; those that cannot be served are told of, and absent. */
  of(pinned: PinnedModels): Promise<ReadonlyMap<string, LiveModel>>;
  /** Closes what none of these experiments needs any more. */
  keepOnly(needed: readonly PinnedModels[]): void;
  purgeExplanations(): void;
  close(): Promise<void>;
}

export interface VariantModelSettings {
  readonly registry: ModelRegistry;
  readonly serving: ServingSettings;
  readonly explaining?: ExplainPoolSettings;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** What is closed keeps explaining for this long, for the answers it has begun. */
const retireAfterMs = 2_000;

/** A bundle reduced to one member. Its calibration stays the blend's: the member's log-odds lie on that scale, but nobody calibrated it alone. */
function reduced(bundle: Bundle, member: MemberName): Bundle {
  const ensemble = onlyWith(bundle.ensemble, member);
  const members = bundle.manifest.members.filter(({ name }) => name === member);
  return { ...bundle, ensemble, blend: ensemble.blend, manifest: { ...bundle.manifest, members } };
}

const keyOf = (target: string, { version, member }: PinnedModels['models'][string]): string =>
  `${target}/${version}/${member ?? ''}`;
const keysOf = ({ target, models }: PinnedModels): string[] => Object.values(models).map((model) => keyOf(target, model));

/** Opens an empty set of models. */
export function openVariantModels({ registry, serving, explaining = {}, onTrouble }: VariantModelSettings): VariantModels {
  const loaded = new Map<string, Promise<LiveModel | undefined>>();
  const retiring = new Set<Promise<void>>();

  async function load(target: PinnedModels['target'], { version, member }: PinnedModels['models'][string]) {
    try {
      const bundle = await registry.open(target, version);
      const model = openLiveModel(target, member === undefined ? bundle : reduced(bundle, member), serving, explaining);
      await warmUp(model);
      return { ...model, alias: null, ...(member === undefined ? {} : { member }) };
    } catch (error) {
      onTrouble(
        error,
        `the model ${target} ${version} of an experiment cannot be served: its units get the champion and are not exposed`,
      );
      return undefined;
    }
  }

  function retire(model: Promise<LiveModel | undefined>, afterMs: number): void {
    const closing = (async () => {
      await new Promise((resolve) => setTimeout(resolve, afterMs).unref());
      await (await model)?.explainer.close();
    })();
    retiring.add(closing);
    void closing.finally(() => retiring.delete(closing));
  }

  return {
    async of({ target, models }) {
      const found = new Map<string, LiveModel>();
      for (const [variant, model] of Object.entries(models)) {
        const key = keyOf(target, model);
        const loading = loaded.get(key) ?? load(target, model);
        loaded.set(key, loading);
        const live = await loading;
        if (live !== undefined) found.set(variant, live);
      }
      return found;
    },
    keepOnly(needed) {
      const keys = new Set(needed.flatMap(keysOf));
      for (const [key, model] of loaded) {
        if (keys.has(key)) continue;
        loaded.delete(key);
        retire(model, retireAfterMs);
      }
    },
    purgeExplanations() {
      for (const model of loaded.values()) void model.then((live) => live?.explainer.purge());
    },
    async close() {
      await Promise.all([...loaded.values()].map(async (model) => (await model)?.explainer.close()));
      loaded.clear();
    },
  };
}
