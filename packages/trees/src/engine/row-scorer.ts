/** Scores rows whose columns lie in the kernel's memory. `single`: in XGBoost's arithmetic, where the running sum is a float32. */
export interface RowScorer {
  /** `start` plus the leaves of the row at an address, in order of trees. */
  score(row: number, start: number, single: boolean): number;
  /** Adds the leaves of `count` rows, one after the other from an address, to as many float64 sums at another. */
  scoreRows(rows: number, count: number, sums: number, single: boolean): void;
}
