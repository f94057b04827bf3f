import { openEngine } from '@tillcast/trees/engine';
import type { Forest } from '@tillcast/trees/forest';

/** The ways in which packages/trees can compute; the last is the fastest, and stands for `ours`. */
export const backends = ['typescript', 'wasm'] as const;
export type Backend = (typeof backends)[number];

/** What is measured of a forest: scores in the library's own arithmetic, and contributions. */
export interface ForestEngine {
  readonly forest: Forest;
  score(row: Float32Array, offset: number): number;
  scoreBatch(rows: Float32Array, rowCount: number, out: Float64Array): void;
  /** Returns the base value. */
  explain(row: Float32Array, out: Float64Array, rowOffset: number, outOffset: number): number;
  explainBatch(rows: Float32Array, rowCount: number, out: Float64Array): number;
}

/** Opens a forest on a backend. */
export const openForest = (forest: Forest, backend: Backend): ForestEngine => openEngine(forest, { backend });
