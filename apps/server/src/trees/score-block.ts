import { openEngine } from '@tillcast/trees/engine';
import { type Forest, rowWidth } from '@tillcast/trees/forest';

/** Rows that are scored together: enough to pay for a message between threads, few enough for many to be under way. */
export const ROWS_PER_BLOCK = 2_048;

/** Rows and their answers in memory that threads share. */
export interface ScoreBlock {
  /** ROWS_PER_BLOCK × rowWidth. */
  readonly rows: Float64Array;
  readonly scores: Float64Array;
  /** ROWS_PER_BLOCK × featureCount; undefined where none are asked for. */
  readonly contributions: Float64Array | undefined;
}

/** What became of a block: the contributions' base value (NaN where there are none), or the first of its rows that has no answer, counted from 0. */
export type BlockAnswer = { readonly baseValue: number } | { readonly brokenRow: number; readonly problem: string };

/** A block of zeros for rows of a forest. */
export function allocateBlock(forest: Forest, hasContributions: boolean): ScoreBlock {
  const numbers = (width: number) =>
    new Float64Array(new SharedArrayBuffer(ROWS_PER_BLOCK * width * Float64Array.BYTES_PER_ELEMENT));
  return {
    rows: numbers(rowWidth(forest)),
    scores: numbers(1),
    contributions: hasContributions ? numbers(forest.featureCount) : undefined,
  };
}

/** Makes a forest ready to answer the first `rowCount` rows of blocks: scores as `score`, contributions in float64 lanes; equal blocks get equal bits. */
export function openBlockScorer(forest: Forest): (block: ScoreBlock, rowCount: number) => BlockAnswer {
  const engine = openEngine(forest, { lanes: 'float64' });
  const width = rowWidth(forest);

  function answer(rows: Float64Array, scores: Float64Array, contributions: Float64Array | undefined, count: number): number {
    engine.scoreBatch(rows, count, scores);
    const baseValue = contributions === undefined ? Number.NaN : engine.explainBatch(rows, count, contributions);
    if (scores.subarray(0, count).every(Number.isFinite)) return baseValue;
    throw new RangeError('the model gives no finite score');
  }

  /** Asks each row alone. */
  function brokenRow({ rows, contributions }: ScoreBlock, rowCount: number): BlockAnswer | undefined {
    const score = new Float64Array(1);
    const own = contributions && new Float64Array(forest.featureCount);
    for (let row = 0; row < rowCount; row++) {
      try {
        answer(rows.subarray(row * width, (row + 1) * width), score, own, 1);
      } catch (error) {
        return { brokenRow: row, problem: error instanceof Error ? error.message : String(error) };
      }
    }
    return undefined;
  }

  return (block, rowCount) => {
    try {
      return { baseValue: answer(block.rows, block.scores, block.contributions, rowCount) };
    } catch (error) {
      const broken = brokenRow(block, rowCount);
      if (broken !== undefined) return broken;
      throw error;
    }
  };
}
