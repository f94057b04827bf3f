import type { FeatureEngine, Question } from '@tillcast/core/features/engine';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { priorAnswer } from '@tillcast/core/scoring/prior';
import { type Band, bandOf, percentileOf } from '@tillcast/core/scoring/reference';
import type { Champions } from './champions.ts';
import { openLadder, type ScoreSafely } from './ladder.ts';
import { type LiveModel, projectRow } from './live-model.ts';

/** How far ahead an answer looks where no model says so. */
export const defaultHorizonMs = 86_400_000;

/** The step of the cold-start ladder an answer stands on. */
export type Rung = 'behavioural' | 'profile' | 'prior';

/** A question, scored; not yet explained. */
export interface Assessment {
  readonly target: Target;
  readonly question: Question;
  /** Undefined on the prior rung. */
  readonly model: LiveModel | undefined;
  /** The one member that answered where the ensemble could not be asked. */
  readonly alone?: MemberName;
  /** The model's own columns; empty on the prior rung. */
  readonly row: Float32Array;
  /** The whole catalogue's row, what the model's columns were taken from: what is logged, and learnt from later. */
  readonly catalogueRow: Float32Array;
  readonly logOdds: number;
  readonly probability: number;
  readonly agreement: number;
  readonly rung: Rung;
  readonly percentile: number | null;
  readonly band: Band | undefined;
  readonly baseRate: number | undefined;
  readonly horizonMs: number;
}

/** Scores a question on the event loop: a score alone is cheap enough to run where it is asked. */
export type Assess = (target: Target, question: Question) => Assessment;

/** Where the answer is asked about: calendar fields that the question leaves out come from the shop's clock. */
export type LocalTime = (epochMs: number) => { readonly hour: number; readonly isWeekend: boolean };

const noRow = new Float32Array(0);

function fromPrior(target: Target, question: Question, catalogueRow: Float32Array, localTime: LocalTime): Assessment {
  const local = localTime(question.asOfMs);
  const { probability, logOdds } = priorAnswer(undefined, {
    hour: question.hour ?? local.hour,
    isWeekend: question.isWeekend ?? local.isWeekend,
    ...(question.category === undefined ? {} : { category: question.category }),
  });
  const unknown = { model: undefined, row: noRow, agreement: 0, percentile: null, band: undefined, baseRate: undefined };
  return { target, question, catalogueRow, logOdds, probability, rung: 'prior', horizonMs: defaultHorizonMs, ...unknown };
}

function fromModel(
  model: LiveModel,
  question: Question,
  catalogueRow: Float32Array,
  { known, scoreSafely }: { readonly known: boolean; readonly scoreSafely: ScoreSafely },
): Assessment | undefined {
  const row = projectRow(model.columns, catalogueRow);
  const { ensemble, reference, manifest } = model.bundle;
  const scored = scoreSafely(ensemble, row);
  if (scored === undefined) return undefined;
  const { logOdds, probability, agreement } = scored.score;
  const rung = known ? 'behavioural' : 'profile';
  const percentile = percentileOf(reference, rung, logOdds);
  return {
    ...{ target: model.target, question, model, row, catalogueRow, logOdds, probability, agreement, rung },
    percentile: Number.isNaN(percentile) ? null : percentile,
    band: bandOf(reference, logOdds),
    baseRate: reference.baseRate,
    horizonMs: manifest.horizonMs,
    ...(scored.alone === undefined ? {} : { alone: scored.alone }),
  };
}

/**
 * The cold-start ladder: the shopper's behaviour, else what the request and the shop say, else the prior; and the ladder of what still works: the
 * champion, else one of its members, else the prior.
 */
export function openAssess({
  engine,
  champions,
  localTime,
  scoreSafely = openLadder({ now: () => performance.now(), onFailure: () => {} }),
}: {
  engine: FeatureEngine;
  champions: Champions;
  localTime: LocalTime;
  scoreSafely?: ScoreSafely;
}): Assess {
  return (target, question) => {
    const model = champions.of(target);
    const catalogueRow = engine.row(question);
    if (model === undefined) return fromPrior(target, question, catalogueRow, localTime);
    const known = engine.shopper(question.shopper, question.tenant) !== undefined;
    return (
      fromModel(model, question, catalogueRow, { known, scoreSafely }) ?? fromPrior(target, question, catalogueRow, localTime)
    );
  };
}
