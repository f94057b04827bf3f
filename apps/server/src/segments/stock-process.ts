import { openDataDir } from '../cli/data-dir.ts';
import { explain } from '../cli/exit.ts';
import { settleHeap } from '../serving/heap.ts';
import type { StockJob, StockWord } from './stock-job.ts';
import { takeOffline } from './take-offline.ts';

// A process of its own: what it needs grows with everyone who ever came, and none of it is the server's.

const say = (word: StockWord): Promise<void> => new Promise((resolve) => process.send!(word, () => resolve()));

async function take({ data, folder, ...settings }: StockJob): Promise<void> {
  const onProgress = (text: string): void => void say({ word: 'progress', text });
  try {
    await takeOffline(openDataDir(data), folder, { ...settings, onProgress });
    await say({ word: 'done' });
  } catch (error) {
    await say({ word: 'failed', problem: explain(error) });
  }
  // Threads of models and connections need not be waited for: everything is on disk.
  process.exit();
}

settleHeap();
// Whoever wants the stock is gone, or wants it no more; a trainer that is under way ends with us.
process.once('disconnect', () => process.exit(1));
process.once('SIGTERM', () => process.exit(1));
process.once('message', (job) => void take(job as StockJob));
