import type { PredictAnswer, PredictRequest } from '@tillcast/api/predict';
import type { TargetingFacts } from '@tillcast/core/experiments/targeting';
import type { Asker } from '@tillcast/core/experiments/unit-keys';
import type { Exposure } from '@tillcast/core/ports/exposure-log';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { Assessment } from '../serving/assess.ts';
import type { LiveModel } from '../serving/live-model.ts';
import { compatible } from './compatible.ts';
import type { Expose } from './expose.ts';
import { logOddsBy, measureUnit } from './measure-unit.ts';
import { askerOf, factsOf, meantVariant, type Placed, type Placement } from './placement.ts';
import { insightSetOf, type LiveExperiment, type RunningExperiments } from './running.ts';

/** What the experiments mean for one prediction. */
export interface Placing {
  /** The model of the variant; undefined: the champion. */
  readonly model: LiveModel | undefined;
  /** The insight set of the variant; undefined: the default. */
  readonly insightSet: string | undefined;
  /** The experiment the request names is not running. */
  readonly isUnknown: boolean;
  readonly placed: readonly Placed[];
}

/** What an answer says of its experiments. */
export type Told = Pick<PredictAnswer, 'ab_test_variant' | 'experiments'>;

/** An answer as it was made. */
export interface MadeAnswer {
  readonly predictionId: string;
  readonly nowMs: number;
  /** What would be said of this answer with an insight set (undefined: the default), caps apart; equal texts = nobody could tell the sets apart. */
  readonly wouldSay: (set: string | undefined) => string;
}

/** The experiments, as serving asks them. */
export interface ServingExperiments {
  /** Whether none runs; then `place` need not be asked. */
  readonly isIdle: boolean;
  place(request: PredictRequest, nowMs: number): Promise<Placing>;
  /** The insight set somebody would hear now, for a page that shows what is said of them; undefined: the default. Exposes nobody. */
  insightSetOf(asker: Asker, facts: TargetingFacts & { readonly target: Target }, nowMs: number): Promise<string | undefined>;
  /** What the answer says, once it is known which model answered; what matters of it is logged as an exposure. */
  tell(placing: Placing, request: PredictRequest, assessment: Assessment, made: MadeAnswer): Told;
}

export interface ServingExperimentParts {
  readonly running: RunningExperiments;
  readonly placement: Placement;
  readonly expose: Expose;
}

/** Whether a variant names an insight set that the rules here do not have. */
const lacksItsSet = ({ experiment, insightSets }: LiveExperiment, name: string): boolean =>
  experiment.variants.some((variant) => variant.name === name && insightSetOf(variant) !== undefined) && !insightSets.has(name);

/**
 * Whether the answer is that of the unit's variant: what another model answered is not, and a fallback exposes nobody. Of a unit held out: whether its
 * variant's model would have answered, so that it counts where it would have been exposed and nowhere else.
 */
function isServed({ live, variant, wouldBe }: Placed, assessment: Assessment, chosen: LiveModel | undefined): boolean {
  if (lacksItsSet(live, variant ?? wouldBe!)) return false;
  if (live.target === undefined) return true;
  if (variant !== undefined) return chosen !== undefined && assessment.model === chosen && assessment.alone === undefined;
  const model = live.models.get(wouldBe!);
  return model !== undefined && logOddsBy(model, assessment.catalogueRow) !== undefined;
}

/**
 * Whether this answer could differ between the variants. Of variants that are nothing but insight sets it can only where two of them would say
 * something else, whichever the unit has: so the same people count in each, and in the holdout (docs/adr/0020-rules-and-segments.md).
 */
function couldDiffer({ experiment, target, insightSets }: LiveExperiment, wouldSay: MadeAnswer['wouldSay']): boolean {
  const areSets = insightSets.size > 0 && target === undefined;
  if (!areSets || experiment.variants.some(({ treatment }) => treatment !== undefined && treatment.kind !== 'insights'))
    return true;
  return new Set(experiment.variants.map((variant) => wouldSay(insightSetOf(variant)))).size > 1;
}

/** The insight set of those that go together in an answer. */
function setAmong(placed: readonly Placed[]): string | undefined {
  const chosen = placed.find(({ live, variant }) => variant !== undefined && live.insightSets.size > 0);
  return chosen?.live.insightSets.get(chosen.variant!);
}

function measured({ live, variant }: Placed, assessment: Assessment): Partial<Exposure> {
  if (live.target === undefined) return {};
  return { ...measureUnit(live, assessment), ...(variant === undefined ? {} : { score: assessment.logOdds }) };
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
      const ofModels = placed.find(({ live, variant }) => variant !== undefined && live.target !== undefined);
      return {
        model: ofModels?.live.models.get(ofModels.variant!),
        insightSet: setAmong(placed),
        placed,
        isUnknown: only !== undefined && all.length === 0,
      };
    },

    async insightSetOf(asker, facts, nowMs) {
      if (running.isIdle) return undefined;
      return setAmong(compatible(await placement.inAll(asker, facts, nowMs), facts.target));
    },

    tell({ placed, model }, request, assessment, { predictionId, nowMs, wouldSay }) {
      const told: NonNullable<PredictAnswer['experiments']> = [];
      for (const one of placed) {
        const { live, variant, isKnown } = one;
        const isToBeLogged = request.expose !== false && !isKnown;
        const concerns = variant !== undefined || (isToBeLogged && meantVariant(one) !== undefined);
        if (!concerns || !isServed(one, assessment, model)) continue;
        if (isToBeLogged && couldDiffer(live, wouldSay)) expose(one, { predictionId, ...measured(one, assessment) }, nowMs);
        if (variant === undefined) continue;
        const { experiment } = live;
        const treatment = experiment.variants.find(({ name }) => name === variant)?.treatment;
        told.push({ experiment_id: experiment.id, variant, ...(treatment === undefined ? {} : { treatment }) });
      }
      if (told.length === 0) return {};
      const first = told.find(({ experiment_id }) => experiment_id === request.experiment_id) ?? told[0]!;
      return { ab_test_variant: first.variant, experiments: told };
    },
  };
}
