import type { PredictAnswer, PredictRequest } from '@tillcast/api/predict';
import type { Exposure } from '@tillcast/core/ports/exposure-log';
import { bandOf } from '@tillcast/core/scoring/reference';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import type { Assessment } from '../serving/assess.ts';
import { type LiveModel, projectRow } from '../serving/live-model.ts';
import type { Expose } from './expose.ts';
import { factsOf, type Placed, type Placement } from './placement.ts';
import type { LiveExperiment, RunningExperiments } from './running.ts';

/** What the experiments mean for one prediction. */
export interface Placing {
  /** The model of the variant; undefined: the champion. */
  readonly model: LiveModel | undefined;
  /** The experiment the request names is not running. */
  readonly isUnknown: boolean;
  readonly placed: readonly Placed[];
}

/** What an answer says of its experiments. */
export type Told = Pick<PredictAnswer, 'ab_test_variant' | 'experiments'>;

/** The experiments, as serving asks them. */
export interface ServingExperiments {
  /** Whether none runs; then `place` need not be asked. */
  readonly isIdle: boolean;
  place(request: PredictRequest, nowMs: number): Promise<Placing>;
  /** What the answer says, once it is known which model answered; what matters of it is logged as an exposure. */
  tell(placing: Placing, request: PredictRequest, assessment: Assessment, made: { predictionId: string; nowMs: number }): Told;
}

export interface ServingExperimentParts {
  readonly running: RunningExperiments;
  readonly placement: Placement;
  readonly expose: Expose;
}

const askerOf = ({ user_id, anonymous_id, session_id }: PredictRequest) => ({
  userId: user_id,
  anonymousId: anonymous_id,
  sessionId: session_id,
});

/** Whether a variant of the experiment answers predictions of the target with a model of its own. */
const replaces = ({ target }: LiveExperiment, asked: string): boolean => target === asked;

/** Those that can go together: of several that would replace the model, the first started has it, and the others leave this answer alone. */
function compatible(all: readonly Placed[], target: string): readonly Placed[] {
  let isTaken = false;
  return all.filter(({ live, variant }) => {
    if (live.target === undefined || variant === undefined) return true;
    if (!replaces(live, target) || isTaken) return false;
    isTaken = true;
    return true;
  });
}

const logOddsOf = ({ columns, bundle }: LiveModel, row: Float32Array): number =>
  scoreRow(bundle.ensemble, projectRow(columns, row)).logOdds;

/**
 * What every unit of a model experiment is measured by, the same for all variants: the score of the control's model, and whether any two variants would
 * put this shopper into different bands, which is what rules and people act upon.
 */
function measure({ experiment, models }: LiveExperiment, { catalogueRow, logOdds }: Assessment): Partial<Exposure> {
  const control = models.get(experiment.control);
  if (control === undefined) return { score: logOdds };
  const bands = new Set(
    [...models.values()].map((model) => bandOf(model.bundle.reference, logOddsOf(model, catalogueRow))?.name),
  );
  return { score: logOdds, baseScore: logOddsOf(control, catalogueRow), differs: bands.size > 1 };
}

/** Opens them over what runs. */
export function openServingExperiments(parts: ServingExperimentParts): ServingExperiments {
  const { running, placement, expose } = parts;

  return {
    get isIdle() {
      return running.isIdle;
    },

    async place(request, nowMs) {
      const { experiment_id: only, target = 'item' } = request;
      const all = await placement.inAll(askerOf(request), factsOf(request), nowMs, only);
      const placed = compatible(all, target);
      const chosen = placed.find(({ live, variant }) => variant !== undefined && live.target !== undefined);
      const model = chosen === undefined ? undefined : chosen.live.models.get(chosen.variant!);
      return { model, placed, isUnknown: only !== undefined && all.length === 0 };
    },

    tell({ placed, model }, request, assessment, { predictionId, nowMs }) {
      const told: NonNullable<PredictAnswer['experiments']> = [];
      for (const one of placed) {
        const { live, variant, reason, isKnown } = one;
        const { experiment, target } = live;
        const isModels = target !== undefined;
        // What another model answered than the variant's is no answer of the variant: a fallback exposes nobody.
        const isServed = !isModels || (model !== undefined && assessment.model === model && assessment.alone === undefined);
        if (variant !== undefined && !isServed) continue;
        if (variant === undefined && reason !== 'held_out') continue;
        if (request.expose !== false && !isKnown)
          expose(one, { predictionId, ...(isModels && variant !== undefined ? measure(live, assessment) : {}) }, nowMs);
        if (variant === undefined) continue;
        const treatment = experiment.variants.find(({ name }) => name === variant)?.treatment;
        told.push({ experiment_id: experiment.id, variant, ...(treatment === undefined ? {} : { treatment }) });
      }
      if (told.length === 0) return {};
      const first = told.find(({ experiment_id }) => experiment_id === request.experiment_id) ?? told[0]!;
      return { ab_test_variant: first.variant, experiments: told };
    },
  };
}
