import type { PredictRequest } from '@tillcast/api/predict';
import { assign, type Reason } from '@tillcast/core/experiments/assign';
import type { TargetingFacts } from '@tillcast/core/experiments/targeting';
import { type Asker, unitKeys } from '@tillcast/core/experiments/unit-keys';
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
  readonly reason?: Reason | 'not_targeted' | 'no_unit';
  /** Whether every key is remembered already. */
  readonly isKnown: boolean;
}

/** Finds where askers fall: as they were exposed before, else by the hash. */
export interface Placement {
  inOne(live: LiveExperiment, asker: Asker, facts: TargetingFacts): Placed | Promise<Placed>;
  /** In every experiment that assigns now, or in the one that is named. */
  inAll(asker: Asker, facts: TargetingFacts, nowMs: number, only?: string): Promise<readonly Placed[]>;
}

/** What targeting may ask of a prediction. */
export function factsOf(request: PredictRequest): TargetingFacts {
  const { category_code: category, brand, price, hour, day_of_week, is_weekend, user_segment, target = 'item' } = request;
  return {
    ...{ target, price, hour, day_of_week, is_weekend: is_weekend === 1, user_segment },
    category: category === '' ? undefined : category,
    top_category: category === '' ? undefined : category.split('.', 1)[0],
    brand: brand === '' ? undefined : brand,
  };
}

function byHash(live: LiveExperiment, keys: readonly string[], facts: TargetingFacts): Placed {
  const unit = keys[0]!;
  const none = { live, unit, keys, variant: undefined, isKnown: false };
  if (!live.isTargeted(facts)) return { ...none, reason: 'not_targeted' };
  const assignment = assign(live.experiment, unit);
  return assignment.variant === undefined
    ? { ...none, reason: assignment.reason }
    : { live, unit, keys, variant: assignment.variant, isKnown: false };
}

/** Where a unit was exposed before, it stays: whatever weights, targeting and share say by now. */
function asBefore(live: LiveExperiment, keys: readonly string[], found: readonly Remembered[]): Placed {
  const { unit, variant } = keys.map((key) => found.find((one) => one.key === key)).find((one) => one !== undefined)!;
  const isKnown = keys.every((key) => found.some((one) => one.key === key));
  return variant === undefined
    ? { live, unit, keys, variant, reason: 'held_out', isKnown }
    : { live, unit, keys, variant, isKnown };
}

/** Opens it over what runs and what is remembered. */
export function openPlacement(running: RunningExperiments, exposures: ExposureDesk, owned: OwnedDevices): Placement {
  function inOne(live: LiveExperiment, asker: Asker, facts: TargetingFacts): Placed | Promise<Placed> {
    const { unit: kind, id } = live.experiment;
    const devices = asker.userId === undefined || asker.anonymousId !== undefined ? [] : owned.of(asker.userId);
    const keys = unitKeys(kind, asker, devices);
    if (keys.length === 0) return { live, unit: '', keys, variant: undefined, reason: 'no_unit', isKnown: true };
    const settle = (found: readonly Remembered[]): Placed =>
      found.length === 0 ? byHash(live, keys, facts) : asBefore(live, keys, found);
    const found = exposures.remembered(id, keys);
    return found instanceof Promise ? found.then(settle) : settle(found);
  }

  return {
    inOne,
    async inAll(asker, facts, nowMs, only) {
      const placed: Placed[] = [];
      for (const live of running.at(nowMs))
        if (only === undefined || live.experiment.id === only) placed.push(await inOne(live, asker, facts));
      return placed;
    },
  };
}
