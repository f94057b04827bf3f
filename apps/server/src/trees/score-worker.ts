import type { Forest } from '@tillcast/trees/forest';
import { workerData } from 'piscina';
import { type BlockAnswer, openBlockScorer, type ScoreBlock } from './score-block.ts';

/** What a worker is asked: a block in shared memory, into which it writes the answers. */
export interface ScoreTask {
  readonly block: ScoreBlock;
  readonly rowCount: number;
}

// The engine of this thread, for the one model that the pool was opened with.
const scoreBlock = openBlockScorer(workerData as Forest);

/** Scores a block in place. */
export const scoreShared = ({ block, rowCount }: ScoreTask): BlockAnswer => scoreBlock(block, rowCount);
