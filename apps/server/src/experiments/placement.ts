import type { PredictRequest } from '@tillcast/api/predict';
import { assign, type Reason, variantAt } from '@tillcast/core/experiments/assign';
import { positionOf } from '@tillcast/core/experiments/position';
import type { TargetingFacts } from '@tillcast/core/experiments/targeting';
import { type Asker, unitKeys } from '@tillcast/core/experiments/unit-keys';
import { topCategory } from '@tillcast/core/features/catalogue/amounts';
import type { ExposureDesk, Remembered } from './exposure-desk.ts';
import type { OwnedDevices } from './owned-devices.ts';
import type { LiveExperiment, RunningExperiments } from './running.ts';

/** Where one asker falls in one experiment. */
export interface Placed {
  readonly live: LiveExperiment;
  readonly unit: string;
  /** The names the unit goes by here; all of them are remembered with it. */
  readonly keys: readonly string[];
  /** Undefined: the unit takes no part, for `reason`. */
  readonly variant: string | undefined;
  readonly reason?: Reason | 'no_unit';
  /** Of a unit held out: the variant it would have. */
  readonly wouldBe?: string;
  /** Whether every key is remembered already. */
  readonly isKnown: boolean;
}

/** The variant of a unit, or the one it would have if it were not held out; undefined: it takes no part anyway. */
export const meantVariant = ({ variant, wouldBe }: Pick<Placed, 'variant' | 'wouldBe'>): string | undefined => variant ?? wouldBe;

/** Finds where askers fall: as they were exposed before, else by the hash. */
export interface Placement {
  /** The unit of an asker in an experiment (undefined: it has none), and what is remembered of it. Exposes nobody. */
  known(
    live: LiveExperiment,
    asker: Asker,
  ): Promise<{ readonly unit: string | undefined; readonly found: Remembered | undefined }>;
  inOne(live: LiveExperiment, asker: Asker, facts: TargetingFacts): Placed | Promise<Placed>;
  /** In every experiment that assigns now, or in the one that is named. */
  inAll(asker: Asker, facts: TargetingFacts, nowMs: number, only?: string): Promise<readonly Placed[]>;
}

/** The names that requests give a shopper. */
interface NamedAsker {
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly session_id?: string;
}

/** Who asks. */
export const askerOf = ({ user_id, anonymous_id, session_id }: NamedAsker): Asker => ({
  userId: user_id,
  anonymousId: anonymous_id,
  sessionId: session_id,
});

/** What targeting may ask of a prediction. */
export function factsOf(request: PredictRequest): TargetingFacts {
  const { category_code: category, brand, price, hour, day_of_week, is_weekend, user_segment, target = 'item' } = request;
  return {
    ...{ target, price, hour, day_of_week, is_weekend: is_weekend === 1, user_segment },
    category: category === '' ? undefined : category,
    top_category: category === '' ? undefined : topCategory(category),
    brand: brand === '' ? undefined : brand,
  };
}

function byHash(live: LiveExperiment, keys: readonly string[], facts: TargetingFacts): Placed {
  const unit = keys[0]!;
  const none = { live, unit, keys, variant: undefined, isKnown: false };
  if (!live.isTargeted(facts)) return { ...none, reason: 'not_targeted' };
  const assignment = assign(live.experiment, unit);
  return { ...none, ...assignment };
}

/** What is remembered of the first key that has something. */
const firstOf = (keys: readonly string[], found: readonly Remembered[]): Remembered | undefined =>
  keys.map((key) => found.find((one) => one.key === key)).find((one) => one !== undefined);

/** Where a unit was exposed before, it stays: whatever weights, targeting and share say by now. */
function asBefore(live: LiveExperiment, keys: readonly string[], found: readonly Remembered[]): Placed {
  const { unit, variant } = firstOf(keys, found)!;
  const isKnown = keys.every((key) => found.some((one) => one.key === key));
  if (variant !== undefined) return { live, unit, keys, variant, isKnown };
  const { experiment } = live;
  const wouldBe = variantAt(experiment, positionOf('variant', experiment.salt, unit));
  return { live, unit, keys, variant, reason: 'held_out', wouldBe, isKnown };
}

/** Opens it over what runs and what is remembered. */
export function openPlacement(running: RunningExperiments, exposures: ExposureDesk, owned: OwnedDevices): Placement {
  const keysOf = ({ experiment }: LiveExperiment, asker: Asker): readonly string[] => {
    const devices = asker.userId === undefined || asker.anonymousId !== undefined ? [] : owned.of(asker.userId);
    return unitKeys(experiment.unit, asker, devices);
  };

  function inOne(live: LiveExperiment, asker: Asker, facts: TargetingFacts): Placed | Promise<Placed> {
    const { experiment, version } = live;
    const keys = keysOf(live, asker);
    if (keys.length === 0) return { live, unit: '', keys, variant: undefined, reason: 'no_unit', isKnown: true };
    const fresh = byHash(live, keys, facts);
    // Whoever the hash leaves out is in only where they were exposed before; of that the log was asked a moment ago.
    if (meantVariant(fresh) === undefined && exposures.isAbsent(experiment.id, version, keys)) return fresh;
    const settle = (found: readonly Remembered[]): Placed => (found.length === 0 ? fresh : asBefore(live, keys, found));
    const found = exposures.remembered(experiment.id, version, keys);
    return found instanceof Promise ? found.then(settle) : settle(found);
  }

  return {
    async known(live, asker) {
      const keys = keysOf(live, asker);
      if (keys.length === 0) return { unit: undefined, found: undefined };
      return { unit: keys[0]!, found: firstOf(keys, await exposures.remembered(live.experiment.id, live.version, keys)) };
    },
    inOne,
    async inAll(asker, facts, nowMs, only) {
      const placed: Placed[] = [];
      for (const live of running.at(nowMs))
        if (only === undefined || live.experiment.id === only) placed.push(await inOne(live, asker, facts));
      return placed;
    },
  };
}
