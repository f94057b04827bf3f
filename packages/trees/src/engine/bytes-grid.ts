import { type Forest, LEAF } from '../forest.ts';
import type { Columns } from './columns.ts';
import type { Kernel } from './kernel.ts';
import { thresholdOf } from './walk-layout.ts';

/** The thresholds of each column in order, for rank_rows of kernel/bytes.c; addresses in bytes. */
export interface BytesGrid {
  readonly grids: number;
  readonly starts: number;
  readonly bits: number;
  /** A threshold's place in its column, −128 the first: a row's rank is above it exactly when its value is. */
  rankOf(node: number): number;
}

const MAX_COLUMNS = 256;
const MAX_THRESHOLDS = 255;
const FIRST_RANK = -128;

/** Lays the thresholds of all columns out; undefined where a column has more than a byte can tell apart. */
export function layOutGrid(kernel: Kernel, forest: Forest, columns: Columns): BytesGrid | undefined {
  if (columns.count > MAX_COLUMNS) return undefined;
  const sets = Array.from({ length: columns.count }, () => new Set<number>());
  for (const [node, asked] of forest.feature.entries()) {
    if (asked !== LEAF && sets[columns.ofNode[node]!]!.add(thresholdOf(forest, node)).size > MAX_THRESHOLDS) return undefined;
  }
  const thresholds = sets.map((set) => Float32Array.from(set).sort());
  const bits = thresholds.map((grid) => Math.ceil(Math.log2(grid.length + 1)));
  const starts: number[] = [];
  let size = 0;
  for (const bit of bits) {
    starts.push(size);
    size += 2 ** bit - 1;
  }
  const layout = {
    grids: kernel.reserve(size * 4),
    starts: kernel.reserve(columns.count * 4),
    bits: kernel.reserve(columns.count),
  };
  const grids = kernel.floats(layout.grids, size)().fill(Number.POSITIVE_INFINITY);
  const view = new DataView(kernel.memory.buffer);
  for (const [column, grid] of thresholds.entries()) {
    grids.set(grid, starts[column]);
    view.setUint32(layout.starts + column * 4, starts[column]!, true);
    view.setUint8(layout.bits + column, bits[column]!);
  }
  const places = thresholds.map((grid) => new Map(Array.from(grid, (threshold, place) => [threshold, place])));
  return {
    ...layout,
    rankOf: (node) => places[columns.ofNode[node]!]!.get(thresholdOf(forest, node))! + FIRST_RANK,
  };
}
