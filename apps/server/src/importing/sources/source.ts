import type { FieldProblem } from '@tillcast/core/events/problems';
import type { Fields } from '@tillcast/core/events/read-field';
import type { RejectReason } from '../files/row.ts';

/** Why a row is no event of ours. A class, so that no row can pass itself off as one. */
export class Refused {
  readonly reason: RejectReason;
  readonly problem: string;
  /** Every field that is wrong, where fields are. */
  readonly problems: readonly FieldProblem[] | undefined;

  constructor(reason: RejectReason, problem: string, problems?: readonly FieldProblem[]) {
    this.reason = reason;
    this.problem = problem;
    this.problems = problems;
  }
}

/**
 * A vocabulary that events are imported from: it turns a row into the stored form of an event (`parseRecord` then checks every field).
 * Where the row has no id of its own, `rowId()` is one: SHA-256 of the source and all columns.
 */
export interface Source {
  readonly name: string;
  /** Columns a table must have. */
  readonly needs: readonly string[];
  /** Of CSV; default a comma. */
  readonly delimiter?: string;
  /** Why it cannot come as CSV, where it cannot. */
  readonly refusesCsv?: string;
  /** Rows with an arrival time are stored events come back: nothing, such as a row number, is added to them. */
  readonly givesBack?: true;
  toRecord(fields: Fields, rowId: () => string): Fields | Refused;
}
