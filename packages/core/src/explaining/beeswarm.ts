import type { ExplainedRows } from './explained-rows.ts';
import { midRanks } from './rank-correlation.ts';

/** One row in a beeswarm: where it lies, and its colour. */
export interface SwarmPoint {
  readonly row: number;
  readonly contribution: number;
  /** Null = missing. */
  readonly value: number | null;
  /** Place of the value among the known ones, 0 (lowest) to 1; null = missing. */
  readonly place: number | null;
}

/** The points of one feature's beeswarm, in the order of the rows. */
export function beeswarm({ width, count, rows, contributions }: ExplainedRows, feature: number): readonly SwarmPoint[] {
  const values = Float64Array.from({ length: count }, (_, row) => rows[row * width + feature]!);
  const ranks = midRanks(values);
  const missing = values.reduce((sum, value) => sum + Number(Number.isNaN(value)), 0);
  const known = count - missing;
  return Array.from(values, (value, row) => ({
    row,
    contribution: contributions[row * width + feature]!,
    value: Number.isNaN(value) ? null : value,
    place: Number.isNaN(value) ? null : known < 2 ? 0.5 : (ranks[row]! - missing) / (known - 1),
  }));
}
