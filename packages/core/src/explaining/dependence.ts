import { beeswarm, type SwarmPoint } from './beeswarm.ts';
import type { ExplainedRows } from './explained-rows.ts';
import { rankCorrelations } from './rank-correlation.ts';

/** How a feature's contribution goes with its value. */
export interface Dependence {
  readonly points: readonly SwarmPoint[];
  /** Equal-mass bins over the known values: mean contribution of the rows up to each upper end; ties stay together. */
  readonly curve: readonly { readonly upTo: number; readonly mean: number; readonly rows: number }[];
  /** The feature that goes most with what the curve leaves over, to colour the points by; null where none does. */
  readonly partner: number | null;
}

const BINS = 10;
/** Within a bin of a hundred rows, chance alone gives about 0.08. */
const LEAST_CORRELATION = 0.25;

/** Dependence data of one feature. */
export function dependence(explained: ExplainedRows, feature: number): Dependence {
  const points = beeswarm(explained, feature);
  const curve = curveOf(points);
  return { points, curve, partner: partnerOf(explained, feature, points, curve) };
}

function curveOf(points: readonly SwarmPoint[]): Dependence['curve'] {
  const known = points.filter((point): point is SwarmPoint & { value: number } => point.value !== null);
  const sorted = known.toSorted((a, b) => a.value - b.value);
  const ends = Array.from({ length: BINS }, (_, bin) => sorted[Math.ceil(((bin + 1) * sorted.length) / BINS) - 1]?.value);
  const distinct = [...new Set(ends.filter((end) => end !== undefined))];
  return distinct.map((upTo, bin) => {
    const inside = sorted.filter(({ value }) => value <= upTo && (bin === 0 || value > distinct[bin - 1]!));
    return { upTo, mean: inside.reduce((sum, point) => sum + point.contribution, 0) / inside.length, rows: inside.length };
  });
}

/** Correlations are taken bin by bin, because a partner that turns the contribution cancels over all rows. */
function partnerOf(
  { width, rows }: ExplainedRows,
  feature: number,
  points: readonly SwarmPoint[],
  curve: Dependence['curve'],
): number | null {
  const strengths = new Float64Array(width);
  curve.forEach(({ upTo, mean, rows: count }, bin) => {
    const above = bin === 0 ? Number.NEGATIVE_INFINITY : curve[bin - 1]!.upTo;
    const inside = points.filter(({ value }) => value !== null && value > above && value <= upTo);
    const correlations = rankCorrelations(residualTable(inside, rows, width, feature, mean), width);
    for (let j = 0; j < width; j++) if (j !== feature) strengths[j]! += count * Math.abs(correlations[feature * width + j]!);
  });
  const known = curve.reduce((sum, { rows: count }) => sum + count, 0);
  const best = strengths.reduce((lead, strength, j) => (strength > strengths[lead]! ? j : lead), 0);
  return known > 0 && strengths[best]! / known >= LEAST_CORRELATION ? best : null;
}

/** The rows of some points, with what the curve leaves over in the feature's own column, so that one table of correlations answers. */
function residualTable(
  points: readonly SwarmPoint[],
  rows: Float32Array,
  width: number,
  feature: number,
  mean: number,
): Float64Array {
  const table = new Float64Array(points.length * width);
  for (const [at, { row, contribution }] of points.entries()) {
    for (let j = 0; j < width; j++) table[at * width + j] = rows[row * width + j]!;
    // Rounding must not be ranked.
    table[at * width + feature] = Math.round((contribution - mean) * 1e9);
  }
  return table;
}
