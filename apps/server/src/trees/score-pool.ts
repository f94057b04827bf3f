import type { Forest } from '@tillcast/trees/forest';
import { Piscina } from 'piscina';
import { type BlockAnswer, openBlockScorer, type ScoreBlock } from './score-block.ts';

/** Scores blocks of rows; the answers are written into the block. */
export interface ScorePool {
  score(block: ScoreBlock, rowCount: number): Promise<BlockAnswer>;
  /** Ends the threads; what is under way is lost. */
  close(): Promise<void>;
}

/** Threads that score one forest over shared memory, each with an engine of its own, opened once. The same bits as `openScoreHere` gives. */
export function openScorePool(forest: Forest, threads: number): ScorePool {
  const pool = new Piscina({
    filename: new URL('./score-worker.ts', import.meta.url).href,
    name: 'scoreShared',
    workerData: forest,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  // A task's failure reaches who asked; without a listener a thread's would end the process.
  pool.on('error', () => {});
  return {
    score: (block, rowCount) => pool.run({ block, rowCount }) as Promise<BlockAnswer>,
    close: () => pool.destroy(),
  };
}

/** The same on the thread that asks: sooner done with few rows. */
export function openScoreHere(forest: Forest): ScorePool {
  const score = openBlockScorer(forest);
  return { score: async (block, rowCount) => score(block, rowCount), close: async () => {} };
}
