import type { Forest } from '../forest.ts';

/** Which code answers; both give the same scores, bit for bit, and contributions within 1e-6 of each other. */
export type Backend = 'wasm' | 'typescript';

/** The numbers that contributions are computed in; `auto` takes float32 for large forests of probabilities only (explain-layout.ts). */
export type Lanes = 'auto' | 'float32' | 'float64';

/** A forest made ready: scores and explains. It holds memory of its own, so one engine serves one caller at a time. */
export interface Engine {
  readonly backend: Backend;
  readonly forest: Forest;
  /** The forest's mean score over its training rows, what contributions start from. */
  readonly baseValue: number;
  /** As `score`: the library's own arithmetic. Raises RowError where the row is too short. */
  score(row: ArrayLike<number>, offset?: number): number;
  /** As `scoreExact`: the float64 sum. */
  scoreExact(row: ArrayLike<number>, offset?: number): number;
  /** As `scoreBatch`. */
  scoreBatch(rows: Float32Array | Float64Array, rowCount: number, out: Float64Array, exact?: boolean): void;
  /** As `TreeExplainer.explain`: writes one contribution a feature from `outOffset`, returns the base value. */
  explain(row: ArrayLike<number>, out: Float64Array, rowOffset?: number, outOffset?: number): number;
  /** The same for many rows: `out` is rowCount × featureCount. */
  explainBatch(rows: Float32Array | Float64Array, rowCount: number, out: Float64Array): number;
}
