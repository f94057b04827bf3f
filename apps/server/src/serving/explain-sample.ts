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
  const rings = new WeakMap<LiveModel, { readonly rows: Float32Array; kept: number }>();

  return {
    keep({ model, row }) {
      if (model === undefined) return;
      const ring = rings.get(model) ?? { rows: new Float32Array(mostRows * model.columns.length), kept: 0 };
      rings.set(model, ring);
      ring.rows.set(row, (ring.kept % mostRows) * model.columns.length);
      ring.kept += 1;
    },
    of(model) {
      const ring = rings.get(model);
      return ring === undefined ? new Float32Array(0) : ring.rows.slice(0, Math.min(ring.kept, mostRows) * model.columns.length);
    },
  };
}
