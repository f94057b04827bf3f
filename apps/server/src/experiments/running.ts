import type { Experiment, Variant } from '@tillcast/core/experiments/experiment';
import { isActive } from '@tillcast/core/experiments/lifecycle';
import { openTargeting, type TargetingFacts } from '@tillcast/core/experiments/targeting';
import type { ExperimentRevision, ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { LiveModel } from '../serving/live-model.ts';
import { readExperiment } from './read-experiment.ts';
import type { VariantModels } from './variant-models.ts';

/** An experiment that runs, ready to be asked. */
export interface LiveExperiment {
  readonly experiment: Experiment;
  readonly version: number;
  /** Whose models the variants replace; absent = variants are no models. */
  readonly target?: Target;
  /** By variant; a variant whose model cannot be served is absent. */
  readonly models: ReadonlyMap<string, LiveModel>;
  readonly isTargeted: (facts: TargetingFacts) => boolean;
  /** The insight sets of the variants that name one these rules have: the experiment decides which rules speak. */
  readonly insightSets: ReadonlyMap<string, string>;
}

/** The insight set of a variant; undefined: the default. */
export const insightSetOf = ({ treatment }: Pick<Variant, 'treatment'>): string | undefined =>
  treatment?.kind === 'insights' ? treatment.id : undefined;

/** The experiments that run, as far as this process knows: refreshed now and then, and as they were where the store does not answer. */
export interface RunningExperiments {
  /** Whether none runs: then nothing else need be asked. */
  readonly isIdle: boolean;
  /** Those that assign at a moment, the first started first. */
  at(nowMs: number): readonly LiveExperiment[];
  find(id: string): LiveExperiment | undefined;
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface RunningSettings {
  readonly store: ExperimentStore;
  readonly models: VariantModels;
  /** The insight sets that can speak here. */
  readonly insightSets: ReadonlySet<string>;
  /** How often the store is asked; 0 = only when told. */
  readonly everyMs: number;
  readonly onTrouble: (error: unknown, what: string) => void;
}

const everybody = (): boolean => true;

/** Follows the experiments of a store. */
export function openRunning({ store, models, insightSets, everyMs, onTrouble }: RunningSettings): RunningExperiments {
  let live: readonly LiveExperiment[] = [];
  let serial = -1;
  let pending: Promise<void> | undefined;
  let wasFailing = false;

  /** Told once a change: a set that is gone exposes nobody to its variant. */
  function setsIn({ id, variants }: Experiment): ReadonlyMap<string, string> {
    const named = variants.flatMap((variant): [string, string][] => {
      const set = insightSetOf(variant);
      return set === undefined ? [] : [[variant.name, set]];
    });
    const gone = named.filter(([, set]) => !insightSets.has(set));
    if (gone.length > 0)
      onTrouble(
        { sets: gone.map(([, set]) => set) },
        `the experiment ${id} names insight sets that no rule here has: units of these variants hear the default, and are not exposed`,
      );
    return new Map(named.filter(([, set]) => insightSets.has(set)));
  }

  async function open({ config, version, pinned, id }: ExperimentRevision): Promise<LiveExperiment | undefined> {
    const { experiment, problems } = readExperiment(config);
    if (experiment === undefined) {
      onTrouble(problems, `the experiment ${id} is not understood by this release, and assigns nobody`);
      return undefined;
    }
    return {
      experiment,
      version,
      models: pinned === undefined ? new Map() : await models.of(pinned),
      isTargeted: experiment.targeting === undefined ? everybody : openTargeting(experiment.targeting),
      insightSets: setsIn(experiment),
      ...(pinned === undefined ? {} : { target: pinned.target }),
    };
  }

  async function read(): Promise<void> {
    try {
      const list = await store.list('default');
      wasFailing = false;
      if (list.serial === serial) return;
      const running = list.experiments.filter(({ state }) => state === 'running');
      const opened = await Promise.all(running.map(open));
      live = opened.filter((one) => one !== undefined);
      serial = list.serial;
      models.keepOnly(running.flatMap(({ pinned }) => (pinned === undefined ? [] : [pinned])));
    } catch (error) {
      // Told once a failure, not once a second.
      if (!wasFailing) onTrouble(error, 'the experiments cannot be read; those known last go on');
      wasFailing = true;
    }
  }

  function refresh(): Promise<void> {
    pending ??= read().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  const timer = everyMs > 0 ? setInterval(() => void refresh(), everyMs).unref() : undefined;
  return {
    get isIdle() {
      return live.length === 0;
    },
    at: (nowMs) => live.filter(({ experiment }) => isActive(experiment, nowMs)),
    find: (id) => live.find(({ experiment }) => experiment.id === id),
    refresh,
    async close() {
      clearInterval(timer);
      await pending;
    },
  };
}
