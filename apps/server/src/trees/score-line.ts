import { type Forest, rowWidth } from '@tillcast/trees/forest';
import { allocateBlock, ROWS_PER_BLOCK, type ScoreBlock } from './score-block.ts';
import { openScoreHere, openScorePool, type ScorePool } from './score-pool.ts';

/** A row's answer; the contributions are scratch, to be read at once. */
export interface RowAnswer {
  readonly score: number;
  readonly contributions: Float64Array | undefined;
  /** NaN without contributions. */
  readonly baseValue: number;
}

export interface ScoreLineSettings {
  readonly contributions: boolean;
  /** Threads that score, at most; few rows are scored where they are read. */
  readonly threads: number;
  /** Takes the rows' answers, in the order of the rows. */
  readonly onAnswer: (answer: RowAnswer) => void;
  /** The error to raise for the row that has no answer; `line` as it was pushed. */
  readonly refuse: (line: number, problem: string) => Error;
}

/** Takes rows one by one and gives their answers in the same order, with a bounded number of rows under way. */
export interface ScoreLine {
  /** A promise where the row must wait for room. The row is copied. */
  push(row: Float64Array, line: number): Promise<void> | undefined;
  /** Waits for the answers of all rows. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Below this many rows, starting threads takes longer than scoring. */
const BLOCKS_BEFORE_THREADS = 2;
/** Blocks under way for each thread: one being scored, one waiting, so that no thread does. */
const BLOCKS_PER_THREAD = 2;

interface Filled {
  readonly block: ScoreBlock;
  readonly lines: Float64Array;
  rowCount: number;
}

/** Opens a line of rows to be scored by a forest; the answers' bits do not depend on the number of threads. */
export function openScoreLine(
  forest: Forest,
  { contributions: hasContributions, threads, onAnswer, refuse }: ScoreLineSettings,
): ScoreLine {
  const width = rowWidth(forest);
  const free: Filled[] = [];
  const underWay: { readonly filled: Filled; readonly answer: ReturnType<ScorePool['score']> }[] = [];
  let scorer: ScorePool | undefined;
  let isPool = false;
  let sent = 0;
  let filling = takeFree();

  function takeFree(): Filled {
    return (
      free.pop() ?? {
        block: allocateBlock(forest, hasContributions),
        lines: new Float64Array(ROWS_PER_BLOCK),
        rowCount: 0,
      }
    );
  }

  function send(): void {
    if (!isPool && threads > 1 && sent >= BLOCKS_BEFORE_THREADS) {
      scorer = openScorePool(forest, threads);
      isPool = true;
    }
    scorer ??= openScoreHere(forest);
    const answer = scorer.score(filling.block, filling.rowCount);
    // It is awaited in the order of the rows; until then its failure is nobody's.
    answer.catch(() => {});
    underWay.push({ filled: filling, answer });
    sent++;
    filling = takeFree();
  }

  async function receive(): Promise<void> {
    const { filled, answer } = underWay.shift()!;
    const { block, lines, rowCount } = filled;
    const found = await answer;
    if ('problem' in found) throw refuse(lines[found.brokenRow]!, found.problem);
    const { featureCount } = forest;
    for (let row = 0; row < rowCount; row++) {
      const contributions = block.contributions?.subarray(row * featureCount, (row + 1) * featureCount);
      onAnswer({ score: block.scores[row]!, contributions, baseValue: found.baseValue });
    }
    filled.rowCount = 0;
    free.push(filled);
  }

  return {
    push(row, line) {
      filling.block.rows.set(row, filling.rowCount * width);
      filling.lines[filling.rowCount++] = line;
      if (filling.rowCount < ROWS_PER_BLOCK) return undefined;
      send();
      return underWay.length > (isPool ? threads * BLOCKS_PER_THREAD : 0) ? receive() : undefined;
    },
    async end() {
      if (filling.rowCount > 0) send();
      while (underWay.length > 0) await receive();
    },
    async close() {
      await scorer?.close();
    },
  };
}
