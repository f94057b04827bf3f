import type { Fields } from '@tillcast/core/events/read-field';
import type { RejectReason } from '../files/row.ts';

/** Why a row is no event of ours. */
export interface Refused {
  readonly reason: RejectReason;
  readonly problem: string;
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
  toRecord(fields: Fields, rowId: () => string): Fields | Refused;
}

/** Whether a conversion was refused. */
export const isRefused = (record: Fields | Refused): record is Refused =>
  typeof record.reason === 'string' && typeof record.problem === 'string';
