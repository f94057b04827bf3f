import type { Ensemble } from '../scoring/ensemble.ts';
import { scoreRow } from '../scoring/score-row.ts';

/** A score as what-if tells it. */
export interface Outcome {
  readonly logOdds: number;
  readonly probability: number;
}

/** What answers become when inputs are changed, one by one and all together. */
export interface WhatIf {
  readonly before: Outcome;
  readonly after: Outcome;
  /** Each change alone, in the order given. */
  readonly alone: readonly Outcome[];
  /** What all changes do in log-odds beyond the sum of each alone. */
  readonly together: number;
}

/** Scores a row, the row with each change alone, and the row with all of them; rows are the model's own columns. */
export function whatIf(ensemble: Ensemble, before: Float32Array, alone: readonly Float32Array[], after: Float32Array): WhatIf {
  const outcomeOf = (row: Float32Array): Outcome => {
    const { logOdds, probability } = scoreRow(ensemble, row);
    return { logOdds, probability };
  };
  const first = outcomeOf(before);
  const last = outcomeOf(after);
  const each = alone.map(outcomeOf);
  const sum = each.reduce((total, { logOdds }) => total + (logOdds - first.logOdds), 0);
  return { before: first, after: last, alone: each, together: last.logOdds - first.logOdds - sum };
}

/** The columns in which two rows differ, missing being equal to missing. */
export const changedColumns = (before: Float32Array, after: Float32Array): readonly number[] =>
  Array.from(before.keys()).filter((j) => !Object.is(before[j], after[j]) && before[j] !== after[j]);
