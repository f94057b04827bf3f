import { openSync, writeSync } from 'node:fs';
import { runStretch, type Stretch } from './campaign.ts';
import { openCorpus } from './corpus.ts';
import { MEMORY_EXCEEDED } from './exit-codes.ts';
import { readers } from './planted-readers.ts';

// Says that it is ready, then judges one stretch of mutants a message and answers with its tally. Before each mutant it writes the number to a
// file, so that the mutant is known whatever becomes of the process; after each it looks at the most memory it ever held.
const [reader, stateFile, residentMb] = process.argv.slice(2) as [string, string, string];
const corpus = openCorpus();
const state = openSync(stateFile, 'r+');
const word = Buffer.alloc(4);

const leaveWhenFull = (): void => {
  if (process.resourceUsage().maxRSS > Number(residentMb) * 1_024) process.exit(MEMORY_EXCEEDED);
};
const onStart = (number: number): void => {
  leaveWhenFull();
  word.writeInt32LE(number);
  writeSync(state, word, 0, 4, 0);
};

process.on('message', (stretch: Stretch) => {
  const tally = runStretch(corpus, stretch, readers[reader]!, onStart);
  leaveWhenFull();
  process.send!({ ...tally, residentMb: Math.round(process.resourceUsage().maxRSS / 1_024) });
});
process.send!('ready');
