import type { Assessment } from './assess.ts';
import type { LiveModel } from './live-model.ts';

/** Rows that were really asked about, for each model the latest ones: what moves together, and what was seen together. */
export interface RowSample {
  /** Remembers the row of an assessment. */
  keep(assessment: Assessment): void;
  /** The rows kept of a model, one after the other. */
  of(model: LiveModel): Float32Array;
}

const mostRows = 1_024;

/** Keeps rows of served questions in a ring a model; nothing of it says whose they were, and it ends with the process. */
export function openRowSample(): RowSample {
  const rings = new WeakMap<LiveModel, { readonly rows: Float32Array[]; next: number }>();

  return {
    keep({ model, row }) {
      if (model === undefined) return;
      const ring = rings.get(model) ?? { rows: [], next: 0 };
      rings.set(model, ring);
      ring.rows[ring.next] = row;
      ring.next = (ring.next + 1) % mostRows;
    },
    of(model) {
      const rows = rings.get(model)?.rows ?? [];
      const width = model.columns.length;
      const sample = new Float32Array(rows.length * width);
      for (const [at, row] of rows.entries()) sample.set(row, at * width);
      return sample;
    },
  };
}
