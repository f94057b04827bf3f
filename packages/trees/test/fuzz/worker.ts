import { parentPort, workerData } from 'node:worker_threads';
import { runStretch, type Stretch } from './campaign.ts';
import { openCorpus } from './corpus.ts';
import { readers } from './planted-readers.ts';

/** What a worker is started with. */
export interface WorkerData {
  /** A name in `readers`. */
  readonly reader: string;
  /** One number: the mutant the worker is at, written before it is made, so that it is known whatever becomes of the worker. */
  readonly at: Int32Array;
}

// Says that it is ready, then judges one stretch of mutants a message and answers with its tally.
const { reader, at } = workerData as WorkerData;
const corpus = openCorpus();
parentPort!.postMessage('ready');
parentPort!.on('message', (stretch: Stretch) => {
  parentPort!.postMessage(runStretch(corpus, stretch, readers[reader]!, (number) => Atomics.store(at, 0, number)));
});
