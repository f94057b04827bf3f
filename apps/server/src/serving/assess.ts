import type { FeatureEngine, Question } from '@tillcast/core/features/engine';
import type { Target } from '@tillcast/core/scoring/bundle';
import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { priorAnswer } from '@tillcast/core/scoring/prior';
import { type Band, bandOf, percentileOf } from '@tillcast/core/scoring/reference';
import type { Champions } from './champions.ts';
import { openLadder, type Rescued, type ScoreSafely } from './ladder.ts';
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

/** Scores a question on the event loop: a score alone is cheap enough to run where it is asked. By the champion, or the model that was chosen instead. */
export type Assess = (target: Target, question: Question, chosen?: LiveModel) => Assessment;

/** A question with everything that is known of it at this moment; not yet scored. */
export interface Prepared extends Pick<Assessment, 'target' | 'question' | 'model' | 'row' | 'catalogueRow'> {
  /** Whether the shopper was seen before. */
  readonly known: boolean;
}

/** Assesses in two steps, so that questions which are there at the same time are scored together. */
export interface Assessor {
  /** `known`: whether the shopper was seen before, where whoever asks has looked already. */
  readonly prepare: (target: Target, question: Question, chosen?: LiveModel, known?: boolean) => Prepared;
  /** Scores all of them, in their order; the same bits as one by one. */
  readonly score: (prepared: readonly Prepared[]) => readonly Assessment[];
  /** Both steps at once. */
  readonly assess: Assess;
}

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

function fromModel(model: LiveModel, { target, question, row, catalogueRow, known }: Prepared, scored: Rescued): Assessment {
  const { reference, manifest } = model.bundle;
  const { logOdds, probability, agreement } = scored.score;
  const rung = known ? 'behavioural' : 'profile';
  const percentile = percentileOf(reference, rung, logOdds);
  return {
    ...{ target, question, model, row, catalogueRow, logOdds, probability, agreement, rung },
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
  keep = () => {},
}: {
  engine: FeatureEngine;
  champions: Champions;
  localTime: LocalTime;
  scoreSafely?: ScoreSafely;
  /** Told of every assessment. */
  keep?: (assessment: Assessment) => void;
}): Assessor {
  const isKnown = ({ shopper, tenant }: Question): boolean => engine.shopper(shopper, tenant) !== undefined;

  function prepare(target: Target, question: Question, chosen?: LiveModel, known = isKnown(question)): Prepared {
    const model = chosen ?? champions.of(target);
    const catalogueRow = engine.row(question);
    return { target, question, model, catalogueRow, known, row: model ? projectRow(model.columns, catalogueRow) : noRow };
  }

  function score(prepared: readonly Prepared[]): readonly Assessment[] {
    const assessed = new Array<Assessment>(prepared.length);
    for (const model of new Set(prepared.map((one) => one.model))) {
      const places = [...prepared.keys()].filter((place) => prepared[place]!.model === model);
      const rows = places.map((place) => prepared[place]!.row);
      const scores = model === undefined ? [] : scoreSafely(model.bundle.ensemble, rows);
      for (const [index, place] of places.entries()) {
        const scored = scores[index];
        const one = prepared[place]!;
        const made =
          model === undefined || scored === undefined
            ? fromPrior(one.target, one.question, one.catalogueRow, localTime)
            : fromModel(model, one, scored);
        keep(made);
        assessed[place] = made;
      }
    }
    return assessed;
  }

  return { prepare, score, assess: (...asked) => score([prepare(...asked)])[0]! };
}
