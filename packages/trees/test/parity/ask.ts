import { type Forest, rowWidth } from '../../src/forest.ts';
import type { Answerer } from './backends.ts';

/** What a backend said of some rows. */
export interface Answers {
  readonly scores: Float64Array;
  readonly exactScores: Float64Array;
  /** Row by row: the contributions, then the base value. */
  readonly contributions: Float64Array;
  /** Which of the case's rows each is. */
  readonly places: readonly number[];
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Each row by a call of its own. */
export function askSingly(answerer: Answerer, forest: Forest, rows: Float64Array, rowCount: number): Answers {
  const width = rowWidth(forest);
  const told = forest.featureCount + 1;
  const answers = {
    scores: new Float64Array(rowCount),
    exactScores: new Float64Array(rowCount),
    contributions: new Float64Array(rowCount * told),
    places: upTo(rowCount),
  };
  for (let row = 0; row < rowCount; row++) {
    answers.scores[row] = answerer.score(rows, row * width);
    answers.exactScores[row] = answerer.scoreExact(rows, row * width);
    const base = answerer.explain(rows, answers.contributions, row * width, row * told);
    answers.contributions[row * told + forest.featureCount] = base;
  }
  return answers;
}

/** All rows by the calls for batches. */
export function askBatch(
  answerer: Answerer,
  forest: Forest,
  rows: Float32Array | Float64Array,
  rowCount: number,
  places = upTo(rowCount),
): Answers {
  const scores = new Float64Array(rowCount);
  const exactScores = new Float64Array(rowCount);
  answerer.scoreBatch(rows, rowCount, scores);
  answerer.scoreBatch(rows, rowCount, exactScores, true);
  const { featureCount } = forest;
  const dense = new Float64Array(rowCount * featureCount);
  const base = answerer.explainBatch(rows, rowCount, dense);
  const contributions = new Float64Array(rowCount * (featureCount + 1)).fill(base);
  for (let row = 0; row < rowCount; row++)
    contributions.set(dense.subarray(row * featureCount, (row + 1) * featureCount), row * (featureCount + 1));
  return { scores, exactScores, contributions, places };
}
