import { isHeldOut } from '@tillcast/core/experiments/assign';
import type { Asker } from '@tillcast/core/experiments/unit-keys';
import type { LoggedDecision } from '@tillcast/core/ports/prediction-log';
import type { Placement } from './placement.ts';
import type { RunningExperiments } from './running.ts';

/** The holdouts in force, and whether each keeps somebody out. */
export type HoldoutsDrawn = NonNullable<LoggedDecision['holdouts']>;

/** Whether any of the holdouts keeps them out. */
export const isHeldOutBy = (drawn: HoldoutsDrawn | undefined): boolean =>
  drawn !== undefined && Object.values(drawn).includes(true);

/** Who is kept out of everything that treats shoppers, whether an experiment or a policy does. */
export interface Holdouts {
  /** Whether nothing runs; then `draw` need not be asked. */
  readonly isIdle: () => boolean;
  /** The holdouts of the running experiments, and whether each keeps this asker out; undefined: none is in force. Exposes nobody. */
  draw(asker: Asker, nowMs: number): Promise<HoldoutsDrawn | undefined>;
}

/** Opens it over what runs: as the unit was exposed or held out before, else by the hash, whatever the targeting and share of the experiments. */
export function openHoldouts(running: RunningExperiments, placement: Placement): Holdouts {
  return {
    isIdle: () => running.isIdle,
    async draw(asker, nowMs) {
      const drawn: Record<string, boolean> = {};
      for (const live of running.at(nowMs)) {
        const { holdout } = live.experiment;
        if (holdout === undefined || drawn[holdout.name] === true) continue;
        const { unit, found } = await placement.known(live, asker);
        if (unit !== undefined)
          drawn[holdout.name] = found === undefined ? isHeldOut(holdout, unit) : found.variant === undefined;
      }
      return Object.keys(drawn).length === 0 ? undefined : drawn;
    },
  };
}
