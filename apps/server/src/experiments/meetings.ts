import type { ExposureAnswer, ExposureRequest } from '@tillcast/api/experiments';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { TargetingFacts } from '@tillcast/core/experiments/targeting';
import type { Asker } from '@tillcast/core/experiments/unit-keys';
import { factsOfContext } from './context-facts.ts';
import type { Expose } from './expose.ts';
import { askerOf, type Placed, type Placement } from './placement.ts';
import type { LiveExperiment, RunningExperiments } from './running.ts';

/** Somebody meets an experiment outside of a prediction. */
export interface Meeting {
  readonly placed: Placed;
  /** Whether this was the first time. */
  readonly isExposed: boolean;
}

/** Meetings of experiments by flags, and by whoever shows a treatment. */
export interface Meetings {
  meet(live: LiveExperiment, asker: Asker, facts: TargetingFacts, expose: boolean): Promise<Meeting>;
  /** `POST /v1/experiments/{id}/exposures`. Raises EXPERIMENT_NOT_FOUND where none of this id assigns now. */
  take(id: string, request: ExposureRequest): Promise<ExposureAnswer>;
}

/** Opens them over what runs. */
export function openMeetings(running: RunningExperiments, placement: Placement, expose: Expose, now: () => number): Meetings {
  async function meet(live: LiveExperiment, asker: Asker, facts: TargetingFacts, isMeant: boolean): Promise<Meeting> {
    const placed = await placement.inOne(live, asker, facts);
    const counts = placed.variant !== undefined || placed.reason === 'held_out';
    return { placed, isExposed: isMeant && counts && !placed.isKnown && expose(placed, {}, now()) };
  }

  return {
    meet,
    async take(id, request) {
      const live = running.at(now()).find(({ experiment }) => experiment.id === id);
      if (live === undefined)
        throw new TillcastError('EXPERIMENT_NOT_FOUND', `no experiment ${JSON.stringify(id)} runs now: start it first`);
      const { context = {}, expose: isMeant = true } = request;
      const { placed, isExposed } = await meet(live, askerOf(request), factsOfContext(context), isMeant);
      return { experiment_id: id, variant: placed.variant ?? null, reason: placed.reason ?? null, exposed: isExposed };
    },
  };
}
