/** Explains float32 rows by the kernel, before contributions are shared among features and the sum is mended. */
export interface RowExplainer {
  readonly baseValue: number;
  /** The largest micro-batch. */
  readonly maxRows: number;
  /** Writes a row's contributions, one a player, to `out`; false where the row is not float32. */
  explain(row: ArrayLike<number>, offset: number, out: Float64Array): boolean;
  /** The same for `count` rows, [row][player]. */
  explainRows(rows: ArrayLike<number>, from: number, count: number, out: Float64Array): boolean;
}
