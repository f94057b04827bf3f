import type { Cache } from '@tillcast/core/ports/cache';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { Bundle, Target } from '@tillcast/core/scoring/bundle';
import { scoreEach } from '@tillcast/core/scoring/score-row';
import type { ExplainPoolSettings } from './explain-pool.ts';
import { type LiveModel, openLiveModel, type ServingSettings } from './live-model.ts';
import { openSharedExplanations } from './shared-explanations.ts';

/** The champions that answer now; each follows its alias without a failed request. */
export interface Champions {
  /** The champion of a target; undefined = none is loaded. */
  of(target: Target): LiveModel | undefined;
  /** Forgets the explanations kept of every model. */
  purgeExplanations(): void;
  /** Looks at the registry once; what moved is loaded beside what serves, then takes its place. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What happened to a champion. */
export type ChampionNews =
  | { readonly kind: 'loaded'; readonly target: Target; readonly version: string }
  | { readonly kind: 'gone'; readonly target: Target }
  | { readonly kind: 'refused'; readonly target: Target; readonly version: string; readonly error: unknown };

export interface ChampionSettings {
  readonly registry: ModelRegistry;
  readonly serving: ServingSettings;
  readonly explaining?: ExplainPoolSettings;
  /** Where processes share explanations; default: nowhere. */
  readonly cache?: Cache | undefined;
  readonly onNews?: (news: ChampionNews) => void;
  /** How often the registry is asked; 0 = only when told. */
  readonly everyMs?: number;
}

const targets: readonly Target[] = ['item', 'session'];
/** A replaced model keeps explaining for this long, for the answers it has begun. */
const retireAfterMs = 2_000;

const warmUpMs = 10_000;

/** As many rows as are ever scored together. */
const mostTogether = 64;

/** Waits until the model's threads explain, and lays out what scores many rows together, so that its first answers are not the ones that wait or go without. */
export async function warmUp({ explainer, columns, bundle }: LiveModel): Promise<void> {
  try {
    scoreEach(bundle.ensemble, new Float32Array(mostTogether * columns.length), mostTogether);
  } catch {
    // What cannot be asked is the ladder's to answer for, question by question.
  }
  await explainer.explain(new Float32Array(columns.length), 1, warmUpMs);
}

/** Follows the `champion` aliases of a registry. A version that cannot be opened is told of once, and the one before it goes on serving. */
export function openChampions({
  registry,
  serving,
  explaining = {},
  cache,
  onNews = () => {},
  everyMs = 1_000,
}: ChampionSettings): Champions {
  const live = new Map<Target, LiveModel>();
  const refused = new Map<Target, string>();
  const retiring = new Map<LiveModel, NodeJS.Timeout>();
  let pending: Promise<void> | undefined;
  let closed = false;

  function retire(model: LiveModel | undefined): void {
    if (model === undefined) return;
    const timer = setTimeout(() => {
      retiring.delete(model);
      void model.explainer.close();
    }, retireAfterMs);
    retiring.set(model, timer.unref());
  }

  /** What processes share of this very version. */
  function sharing({ manifest, ensemble }: Bundle): Pick<ExplainPoolSettings, 'shared'> {
    if (cache === undefined) return {};
    return { shared: openSharedExplanations(cache, manifest.contentHash, ensemble.featureNames.length) };
  }

  async function follow(target: Target): Promise<void> {
    const version = await registry.resolve(target, 'champion');
    const before = live.get(target);
    if (version === before?.bundle.manifest.version || (version !== undefined && version === refused.get(target))) return;
    if (version === undefined) {
      live.delete(target);
      onNews({ kind: 'gone', target });
    } else {
      try {
        const bundle = await registry.open(target, version);
        const model = openLiveModel(target, bundle, serving, { ...explaining, ...sharing(bundle) });
        await warmUp(model);
        if (closed) return model.explainer.close();
        live.set(target, model);
        refused.delete(target);
        onNews({ kind: 'loaded', target, version });
      } catch (error) {
        refused.set(target, version);
        onNews({ kind: 'refused', target, version, error });
        return;
      }
    }
    retire(before);
  }

  async function refreshAll(): Promise<void> {
    for (const target of targets) {
      await follow(target).catch((error: unknown) => onNews({ kind: 'refused', target, version: 'unknown', error }));
    }
  }

  function refresh(): Promise<void> {
    pending ??= refreshAll().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  const timer = everyMs > 0 ? setInterval(() => void refresh(), everyMs).unref() : undefined;
  return {
    of: (target) => live.get(target),
    purgeExplanations() {
      for (const { explainer } of [...live.values(), ...retiring.keys()]) explainer.purge();
    },
    refresh,
    async close() {
      closed = true;
      clearInterval(timer);
      await pending;
      for (const waiting of retiring.values()) clearTimeout(waiting);
      await Promise.all([...retiring.keys(), ...live.values()].map(({ explainer }) => explainer.close()));
    },
  };
}
