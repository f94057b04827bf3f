import { ExperimentEdit as EditSchema } from '@tillcast/api/experiments';
import type { ShopEvent } from '@tillcast/core/events/event';
import { isFields } from '@tillcast/core/events/read-field';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { Exposure, ExposureLog } from '@tillcast/core/ports/exposure-log';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import { asOfMs } from '../http/as-of.ts';
import type { Metrics } from '../http/metrics.ts';
import { invalidInput } from '../http/problem.ts';
import type { Experiments } from '../http/routes/experiments.ts';
import { compileChecker } from '../http/validation.ts';
import type { ExplainPoolSettings } from '../serving/explain-pool.ts';
import type { ServingSettings } from '../serving/live-model.ts';
import { type AllocationJob, openAllocationJob } from './allocation-job.ts';
import { type ExperimentDesk, openExperimentDesk } from './desk.ts';
import { openExpose } from './expose.ts';
import { openExposureDesk } from './exposure-desk.ts';
import { type Holdouts, openHoldouts } from './holdouts.ts';
import { type Meetings, openMeetings } from './meetings.ts';
import { type Ofrep, openOfrep } from './ofrep.ts';
import { experimentOnWire } from './on-wire.ts';
import { openOwnedDevices } from './owned-devices.ts';
import { openPlacement } from './placement.ts';
import { planOfExperiment } from './plan-experiment.ts';
import type { UnitSources } from './read-units.ts';
import { experimentResults } from './results.ts';
import { openRunning } from './running.ts';
import { openServingExperiments, type ServingExperiments } from './serving-experiments.ts';
import { openVariantModels } from './variant-models.ts';

/** Where experiments and exposures are kept. */
export interface ExperimentStores {
  readonly store: ExperimentStore;
  readonly exposures: ExposureLog;
}

export interface ExperimentParts {
  /** Closed with it. */
  readonly stores: ExperimentStores;
  readonly registry: ModelRegistry;
  readonly events: EventLog;
  readonly serving: ServingSettings;
  readonly explaining?: ExplainPoolSettings;
  readonly metrics: Metrics;
  /** The insight sets that can speak here. */
  readonly insightSets: ReadonlySet<string>;
  /** What an event earned, as far as was known by a moment. */
  readonly marginAsOf: UnitSources['marginAsOf'];
  readonly now: () => number;
  readonly everyMs: number;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** Everything a server does with experiments. */
export interface ServedExperiments {
  readonly serving: ServingExperiments;
  readonly holdouts: Holdouts;
  readonly routes: Experiments;
  readonly ofrep: Ofrep;
  readonly desk: ExperimentDesk;
  readonly job: AllocationJob;
  /** Told of every event: logins say whose devices are whose. */
  readonly note: (event: ShopEvent) => void;
  refresh(): Promise<void>;
  /** Writes the exposures that wait. */
  settle(): Promise<void>;
  /** What these were exposed to, in every experiment there was. */
  exposuresOf(shoppers: readonly string[]): Promise<readonly Exposure[]>;
  erase(shopper: string): Promise<number>;
  purgeExplanations(): void;
  close(): Promise<void>;
}

/** How often it is looked whether a rollout or a bandit is due. */
const allocationEveryMs = 60_000;

const checkEdit = compileChecker(EditSchema);

/** What an edit says; the configuration itself is read by the desk, which knows a remedy for each fault. */
function readEdit(body: unknown) {
  const edit = body as { config?: unknown; version?: number; why?: string } | null;
  if (!isFields(edit?.config)) throw invalidInput([{ pointer: '/config', detail: 'is missing; send {config, version?, why?}' }]);
  const faults = checkEdit(body).filter(({ pointer }) => !pointer.startsWith('/config'));
  if (faults.length > 0) throw invalidInput(faults);
  return { config: edit!.config as Readonly<Record<string, unknown>>, version: edit!.version, why: edit!.why };
}

function mapping(config: unknown): Readonly<Record<string, unknown>> {
  if (isFields(config)) return config;
  throw invalidInput([
    { pointer: '', detail: 'must be an experiment: {experiment_id, variants, traffic_split, primary_metric}' },
  ]);
}

type RouteParts = Pick<ExperimentParts, 'stores' | 'events' | 'marginAsOf' | 'now'> & {
  readonly desk: ExperimentDesk;
  readonly meetings: Meetings;
  readonly settle: () => Promise<void>;
};

function openRoutes({ stores, events, marginAsOf, now, desk, meetings, settle }: RouteParts): Experiments {
  const { exposures } = stores;
  return {
    create: async (config, by) => experimentOnWire(await desk.create(mapping(config), { by })),
    async edit(id, body, by) {
      const { config, version, why } = readEdit(body);
      return experimentOnWire(await desk.edit(id, config, { by, version, why }));
    },
    start: async (id, { version, why }, by) => experimentOnWire(await desk.start(id, { by, version, why })),
    stop: async (id, { version, why }, by) => experimentOnWire(await desk.stop(id, { by, version, why })),
    list: async () => ({ experiments: (await desk.list()).map(experimentOnWire) }),
    async find(id) {
      const history = await desk.history(id);
      await settle().catch(() => {});
      const { '': held = 0, ...counts } = await exposures.count('default', id);
      const units = { ...counts, ...(held === 0 ? {} : { held_out: held }) };
      return { experiment: experimentOnWire(history.at(-1)!), units, history: history.map(experimentOnWire) };
    },
    async results(id, { as_of }) {
      const history = await desk.history(id);
      await settle();
      return experimentResults(history, { exposures, events, marginAsOf }, asOfMs(as_of, now()));
    },
    power: async (id, query) => planOfExperiment(await desk.find(id), query),
    take: meetings.take,
  };
}

/** Opens the experiments of a server over their stores. */
export async function openExperiments(parts: ExperimentParts): Promise<ServedExperiments> {
  const { stores, registry, serving, explaining = {}, metrics, insightSets, now, everyMs, onTrouble } = parts;
  const owned = openOwnedDevices();
  const models = openVariantModels({ registry, serving, explaining, onTrouble });
  const running = openRunning({ store: stores.store, models, insightSets, everyMs, onTrouble });
  const exposures = openExposureDesk({
    log: stores.exposures,
    count: (outcome, lines) => lines > 0 && metrics.exposureLines.inc({ outcome }, lines),
    ...{ onTrouble, now },
  });
  const placement = openPlacement(running, exposures, owned);
  const expose = openExpose(exposures, (experiment, variant) =>
    metrics.exposures.inc({ experiment: metrics.experimentLabel(experiment), variant: metrics.variantLabel(variant) }),
  );
  const desk = openExperimentDesk({ store: stores.store, registry, now, insightSets, onChange: running.refresh });
  const meetings = openMeetings(running, placement, expose, now);
  const job = openAllocationJob({
    ...{ desk, now, onTrouble },
    everyMs: everyMs > 0 ? allocationEveryMs : 0,
    async results({ id }) {
      await exposures.settle();
      return experimentResults(await desk.history(id), { ...parts, exposures: stores.exposures }, now());
    },
  });
  await running.refresh();
  return {
    serving: openServingExperiments({ running, placement, expose }),
    holdouts: openHoldouts(running, placement),
    routes: openRoutes({ ...parts, desk, meetings, settle: exposures.settle }),
    ofrep: openOfrep(running, meetings, desk, now),
    desk,
    note: owned.note,
    refresh: running.refresh,
    settle: exposures.settle,
    async exposuresOf(shoppers) {
      await exposures.settle();
      const all = await desk.list();
      return (await Promise.all(all.map(({ id }) => stores.exposures.find('default', id, shoppers)))).flat();
    },
    erase(shopper) {
      owned.forget(shopper);
      return exposures.erase(shopper);
    },
    purgeExplanations: models.purgeExplanations,
    job,
    async close() {
      await job.close();
      await running.close();
      await exposures.close();
      await models.close();
      await stores.store.close();
    },
  };
}
