import type { Fields } from '@tillcast/core/events/read-field';
import type { Block } from './read-lines.ts';

/** Why a row was not taken; counted by these names. */
export type RejectReason =
  | 'empty_line'
  | 'line_too_long'
  | 'bad_encoding'
  | 'bad_quotes'
  | 'missing_columns'
  | 'too_many_columns'
  | 'cut_off'
  | 'not_json'
  | 'unknown_event'
  | 'invalid_field'
  | 'conflict'
  | 'erased_shopper';

/** Where a row stands: its number among the file's rows (from 0), and its line in a text file (from 1, the header included). */
interface Place {
  readonly index: number;
  readonly line?: number;
}

/** A row that could be read. */
export interface GoodRow extends Place {
  readonly fields: Fields;
  /** As it stood in a text file. */
  readonly raw?: string;
}

/** A row that could not. */
export interface BadRow extends Place {
  readonly reason: RejectReason;
  readonly problem: string;
  readonly raw: string;
}

export type Row = GoodRow | BadRow;

/** A file of rows, opened; `rows` may be read once. */
export interface RowFile {
  /** The columns, where the file names them once for all rows. */
  readonly columns?: readonly string[];
  /** One text a row, the same for the same content whatever the order of its columns. */
  canonical(fields: Fields): string;
  rows(): AsyncIterable<readonly Row[]>;
  /** Of CSV: the same rows as they stand in the file, for who reads many of them; instead of `rows`. */
  readonly csv?: { readonly delimiter: string; blocks(): AsyncIterable<Block> };
  /** How much of the file has been read, 0 to 1. */
  share(): number;
}
