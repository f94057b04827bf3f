import type { PolicyTreatment } from '@tillcast/core/decisions/policy/policy';
import { type Board, compareLearners } from '@tillcast/core/decisions/uplift/board';
import { doublyRobustScores } from '@tillcast/core/decisions/uplift/doubly-robust';
import type { LearntEffects } from './run-learners.ts';
import type { ExperimentUnits } from './units.ts';

/** One treatment's board, and the units it was made of. */
export interface TreatmentBoard {
  readonly treatment: string;
  readonly board: Board;
  /** The units of the control arm and of this treatment, by number. */
  readonly units: Int32Array;
  /** Doubly robust effects of these units. */
  readonly effects: Float64Array;
  /** Effects of the chosen contender, out of fold, before shrinkage. */
  readonly predicted: Float64Array;
  /** What the chosen contender consists of; weights sum to 1. */
  readonly mix: readonly { readonly learner: string; readonly weight: number }[];
}

/** Compares the learners of each treatment by the profit of their policies, out of fold. */
export function boardsOf(units: ExperimentUnits, learnt: LearntEffects): readonly TreatmentBoard[] {
  return learnt.treatments.map(({ name, outOfFold }, index) => {
    const arm = index + 1;
    const rows = outOfFold.row;
    const effects = robustEffects(units, arm, rows, outOfFold.raw);
    const contenders = learnt.learners.map((learner) => ({ name: learner, outOfFold: outOfFold.raw[learner]! }));
    const board = compareLearners(
      contenders,
      effects,
      Uint8Array.from(rows, (row) => units.fold[row]!),
    );
    const mix = board.among.map((learner) => ({ learner, weight: 1 / board.among.length }));
    return { treatment: name, board, units: rows, effects, predicted: mixed(mix, outOfFold.raw, rows.length), mix };
  });
}

/** A treatment as it is served: the chosen mix of models, fitted on all units; `cost` = what it takes out of a budget. */
export function servedTreatment(
  { treatment, board, mix }: TreatmentBoard,
  { treatments }: Pick<LearntEffects, 'treatments'>,
  cost = 0,
): PolicyTreatment {
  const { effects } = treatments.find(({ name }) => name === treatment)!;
  return {
    ...{ name: treatment, cost, shrinkage: board.chosen.shrinkage },
    mix: mix.map(({ learner, weight }) => ({ learner, weight, model: effects[learner]! })),
  };
}

function mixed(mix: TreatmentBoard['mix'], raw: Readonly<Record<string, Float64Array>>, count: number): Float64Array {
  const sum = new Float64Array(count);
  for (const { learner, weight } of mix) for (let i = 0; i < count; i++) sum[i]! += weight * raw[learner]![i]!;
  return sum;
}

function robustEffects(
  units: ExperimentUnits,
  arm: number,
  rows: Int32Array,
  raw: Readonly<Record<string, Float64Array>>,
): Float64Array {
  const width = units.arms.length;
  const chance = (row: number, of: number) => units.propensities[row * width + of]!;
  const logged = {
    arm: Uint8Array.from(rows, (row) => Number(units.arm[row] === arm)),
    // Given that the unit is in one of the two arms that are compared.
    propensity: Float64Array.from(rows, (row) => chance(row, units.arm[row]!) / (chance(row, 0) + chance(row, arm))),
    reward: Float64Array.from(rows, (row) => units.profit[row]!),
  };
  const treated = doublyRobustScores(logged, 1, raw.treated!);
  const control = doublyRobustScores(logged, 0, raw.control!);
  return treated.map((score, i) => score - control[i]!);
}
