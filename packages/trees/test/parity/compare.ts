import { rowWidth } from '../../src/forest.ts';
import { type Answers, askBatch, askSingly } from './ask.ts';
import { type Backend, toleranceOf } from './backends.ts';
import type { ParityCase } from './case-folder.ts';

/** The largest distance found, and over how many rows. */
export interface Distance {
  readonly rows: number;
  readonly worst: number;
}

/** How far a backend is from the library: of single rows, of the batch, and of the batch of float32 rows the farthest. */
export interface Figures {
  readonly raw: Distance;
  /** XGBoost's own contributions are float32 sums, whose rounding grows with them: relative to the row's largest, above 1. */
  readonly shap: Distance;
  readonly exact: Distance;
  /** Base value + Σ contributions against the float64 sum, relative above 1. */
  readonly sum: Distance;
  /** How many of the rows are float32 and were also asked as a Float32Array. */
  readonly float32Rows: number;
}

/** Contributions add up to the score on every call (design §5). */
const SUM_TOLERANCE = 1e-9;

/** Asks a backend every row of a case: one by one, as one batch, and those that float32 holds as a batch of float32. */
export function compare(backend: Backend, parity: ParityCase): Figures {
  const answerer = backend.open(parity.forest);
  const narrow = float32Rows(parity);
  const all = [
    askSingly(answerer, parity.forest, parity.rows, parity.rowCount),
    askBatch(answerer, parity.forest, parity.rows, parity.rowCount),
    askBatch(answerer, parity.forest, narrow.rows, narrow.places.length, narrow.places),
  ];
  const isRelative = parity.forest.arithmetic === 'f32';
  return {
    raw: { rows: parity.rowCount, worst: farthestOf(all, (answers) => rawDistance(answers, parity)) },
    shap: shapDistance(all, parity.forest.featureCount, parity.shap, isRelative),
    exact: shapDistance(all, parity.forest.featureCount, parity.exact, false),
    sum: { rows: parity.rowCount, worst: farthestOf(all, sumDistance) },
    float32Rows: narrow.places.length,
  };
}

/** What a case demands and the figures do not hold; empty where all is well. */
export function faultsOf(
  backend: Backend,
  { raw, shap, exact, sum }: Figures,
  { forest, tolerance, rowCount }: ParityCase,
): readonly string[] {
  const bounds: readonly (readonly [string, Distance, number])[] = [
    ['raw', raw, tolerance.raw],
    ['SHAP', shap, tolerance.shap],
    ['float64 SHAP', exact, toleranceOf(backend, forest, tolerance.exact)],
    ['base value + Σ', sum, SUM_TOLERANCE],
  ];
  // NaN is beyond every bound.
  const beyond = bounds.filter(([, { worst }, bound]) => !(worst <= bound));
  const faults = beyond.map(([name, { worst }, bound]) => `${name} ${worst} is beyond ${bound}`);
  return rowCount > 0 ? faults : ['no row was asked', ...faults];
}

/** One line: what was asked and how far it was. */
export function tellFigures({ raw, shap, exact, float32Rows }: Figures): string {
  const told = ({ rows, worst }: Distance) => (rows === 0 ? 'none' : `${worst.toExponential(1)} over ${rows} rows`);
  return `${raw.rows} rows (${float32Rows} float32), raw ${raw.worst.toExponential(1)}, SHAP ${told(shap)}, float64 SHAP ${told(exact)}`;
}

/** The rows that float32 holds, and their places among all. */
function float32Rows({ forest, rows, rowCount }: ParityCase): { rows: Float32Array; places: readonly number[] } {
  const width = rowWidth(forest);
  const single = Float32Array.from(rows);
  const isSame = (i: number) => Object.is(single[i], rows[i]);
  const places = Array.from({ length: rowCount }, (_, row) => row).filter((row) => {
    for (let i = row * width; i < (row + 1) * width; i++) if (!isSame(i)) return false;
    return true;
  });
  const packed = new Float32Array(places.length * width);
  for (const [place, row] of places.entries()) packed.set(single.subarray(row * width, (row + 1) * width), place * width);
  return { rows: packed, places };
}

/** The largest of some distances; NaN where one is. */
const farthestOf = <T>(items: readonly T[], distance: (item: T) => number): number =>
  items.reduce((worst, item) => Math.max(worst, distance(item)), 0);

const rawDistance = ({ scores, places }: Answers, { raw }: ParityCase): number =>
  scores.reduce((worst, score, i) => Math.max(worst, Math.abs(score - raw[places[i]!]!)), 0);

/** Contributions against a matrix of wanted ones, the bias last; rows with a NaN bias, or behind its end, were not explained. */
function shapDistance(all: readonly Answers[], featureCount: number, wanted: Float64Array, isRelative: boolean): Distance {
  const width = featureCount + 1;
  const told = new Set<number>();
  let worst = 0;
  for (const { contributions, places } of all) {
    for (const [i, place] of places.entries()) {
      const known = wanted.subarray(place * width, (place + 1) * width);
      if (known.length === 0 || Number.isNaN(known[featureCount])) continue;
      const scale = isRelative ? known.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1) : 1;
      for (let j = 0; j < width; j++) worst = Math.max(worst, Math.abs(contributions[i * width + j]! - known[j]!) / scale);
      told.add(place);
    }
  }
  return { rows: told.size, worst };
}

function sumDistance({ exactScores, contributions }: Answers): number {
  const width = contributions.length / exactScores.length;
  return exactScores.reduce((worst, score, i) => {
    const sum = contributions.subarray(i * width, (i + 1) * width).reduce((total, value) => total + value, 0);
    return Math.max(worst, Math.abs(sum - score) / Math.max(1, Math.abs(score)));
  }, 0);
}
