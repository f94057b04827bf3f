import { isInSet } from '../category-sets.ts';
import { standIn } from '../float32-rows.ts';
import { type Forest, LEAF, ZERO_THRESHOLD } from '../forest.ts';

/**
 * The columns that the kernel walks on: one for each way in which nodes read a feature, so that every node asks `value ≤ threshold` and nothing
 * else. Missing is −∞ where it goes left and NaN where it goes right; a set of categories is a column of 0 (in the set, left) and 1.
 */
export interface Columns {
  readonly count: number;
  /** By node: the column it asks about; 0, which is NaN in every row, at leaves. */
  readonly ofNode: Int32Array;
  /**
   * Writes a row's columns to `out`, `stride` numbers apart, a value that float32 cannot hold as a neighbour which every node sends the same way;
   * false where there is none, so that only the reference path answers the row exactly.
   */
  fill(row: ArrayLike<number>, offset: number, out: Float32Array, at: number, stride: number): boolean;
}

interface Reading {
  readonly feature: number;
  readonly whenMissing: number;
  readonly zeroIsMissing: boolean;
  /** A node that asks for the set; −1 for a threshold. */
  readonly setOf: number;
}

/** Finds the columns of a forest. */
export function columnsOf(forest: Forest): Columns {
  const { feature, missingGoesLeft, zeroIsMissing, categories } = forest;
  const ofNode = new Int32Array(feature.length);
  const readings: Reading[] = [];
  const known = new Map<string, number>();
  for (let node = 0; node < feature.length; node++) {
    if (feature[node] === LEAF) continue;
    const asksSet = categories?.asks[node] === 1;
    const left = missingGoesLeft[node] === 1;
    const zero = zeroIsMissing?.[node] === 1;
    const set = asksSet
      ? `${categories.words.subarray(categories.start[node]!, categories.start[node]! + categories.length[node]!)}`
      : '';
    const key = `${feature[node]} ${left} ${zero} ${asksSet} ${set}`;
    let column = known.get(key);
    if (column === undefined) {
      column = readings.length + 1;
      known.set(key, column);
      const whenMissing = asksSet ? (left ? 0 : 1) : left ? Number.NEGATIVE_INFINITY : Number.NaN;
      readings.push({ feature: feature[node]!, whenMissing, zeroIsMissing: zero, setOf: asksSet ? node : -1 });
    }
    ofNode[node] = column;
  }
  return { count: readings.length + 1, ofNode, fill: openFill(forest, readings, ofNode) };
}

function openFill(forest: Forest, readings: readonly Reading[], ofNode: Int32Array): Columns['fill'] {
  const { categories } = forest;
  const feature = Int32Array.from(readings, (reading) => reading.feature);
  const whenMissing = Float32Array.from(readings, (reading) => reading.whenMissing);
  const isPlain = Uint8Array.from(readings, ({ zeroIsMissing, setOf }) => (zeroIsMissing || setOf >= 0 ? 0 : 1));
  const special = (reading: Reading, x: number): number => {
    if (Number.isNaN(x) || (reading.zeroIsMissing && Math.abs(x) <= ZERO_THRESHOLD)) return reading.whenMissing;
    if (reading.setOf < 0) return x;
    return isInSet(categories!, reading.setOf, x) ? 0 : 1;
  };
  // Rows of float32, as the product's are, never need them.
  let thresholds: readonly Float64Array[] | undefined;
  return (row, offset, out, at, stride) => {
    out[at] = Number.NaN;
    for (let i = 0; i < feature.length; i++) {
      const x = row[offset + feature[i]!]!;
      const value = isPlain[i] === 0 ? special(readings[i]!, x) : Number.isNaN(x) ? whenMissing[i]! : x;
      const place = at + (i + 1) * stride;
      out[place] = value;
      if (out[place] === value || Number.isNaN(value)) continue;
      thresholds ??= thresholdsBy(forest, ofNode, readings.length);
      const neighbour = standIn(thresholds[i]!, value);
      out[place] = neighbour;
      if (out[place] !== neighbour) return false;
    }
    return true;
  };
}

/** By reading, the thresholds of its nodes in order. */
function thresholdsBy({ feature, value }: Forest, ofNode: Int32Array, readings: number): readonly Float64Array[] {
  const sets = Array.from({ length: readings }, () => new Set<number>());
  for (const [node, asked] of feature.entries()) if (asked !== LEAF) sets[ofNode[node]! - 1]!.add(value[node]!);
  return sets.map((set) => Float64Array.from(set).sort());
}
