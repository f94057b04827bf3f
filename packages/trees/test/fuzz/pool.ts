import { Worker } from 'node:worker_threads';
import { addTally, emptyTally, type Finding, type Stretch, type Tally } from './campaign.ts';
import { openCorpus } from './corpus.ts';
import { makeMutant } from './mutant.ts';
import type { WorkerData } from './worker.ts';

/** What a campaign may take. */
export interface Bounds {
  readonly workers: number;
  /** A mutant that takes longer than this hangs. */
  readonly hangMs: number;
  /** Of each worker, in MB; a mutant that takes more ends its worker and is a finding. */
  readonly heapMb: number;
  /** Of the whole process, in MB, typed arrays included. */
  readonly residentMb: number;
  /** Enough is known after so many findings. */
  readonly stopAfter: number;
}

/** Mutants that a thread judges before it answers. */
const STRETCH = 1_000;
const WATCH_MS = 100;

/** The mutants `start` … `start + count − 1` of a seed, of one fixture where it is named, in stretches. */
export const stretchesOf = (seed: number, count: number, start = 0, fixture?: string): Stretch[] =>
  Array.from({ length: Math.ceil(count / STRETCH) }, (_, index) => {
    const from = index * STRETCH;
    return { seed, from: start + from, count: Math.min(STRETCH, count - from), fixture };
  });

/** Judges mutants in worker threads: what a mutant does to its thread, be it hang or hoard, ends the thread alone and is found. */
export async function runCampaign(stretches: readonly Stretch[], reader: string, bounds: Bounds): Promise<Tally> {
  const waiting = stretches.toReversed();
  const sum = emptyTally();
  const lanes = Math.min(bounds.workers, waiting.length);
  await Promise.all(Array.from({ length: lanes }, () => runLane(waiting, sum, reader, bounds)));
  return sum;
}

/** One thread after another: each works on stretches until there are none, or a mutant ends it. */
async function runLane(waiting: Stretch[], sum: Tally, reader: string, bounds: Bounds): Promise<void> {
  while (waiting.length > 0) {
    const lost = await runThread(waiting, sum, reader, bounds);
    if (lost === undefined) return;
    const { stretch, number, fault } = lost;
    sum.findings.push(findingOf(stretch, number, fault));
    if (sum.findings.length >= bounds.stopAfter) waiting.length = 0;
    // What the thread had counted of the stretch went with it: both sides of the mutant are judged again.
    const behind = { ...stretch, from: number + 1, count: stretch.from + stretch.count - number - 1 };
    const before = { ...stretch, count: number - stretch.from };
    if (sum.findings.length < bounds.stopAfter) waiting.push(...[behind, before].filter(({ count }) => count > 0));
  }
}

interface Lost {
  readonly stretch: Stretch;
  readonly number: number;
  readonly fault: string;
}

/** Resolves when no stretch is left, or with the mutant that ended the thread. */
function runThread(waiting: Stretch[], sum: Tally, reader: string, bounds: Bounds): Promise<Lost | undefined> {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WorkerData = { reader, at };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: bounds.heapMb },
  });
  return new Promise((resolve) => {
    let stretch: Stretch | undefined;
    let seen = -1;
    let since = performance.now();
    const end = (fault: string | undefined) => {
      clearInterval(watch);
      worker.removeAllListeners();
      worker.on('error', () => {});
      const lost = fault === undefined || stretch === undefined ? undefined : { stretch, number: Atomics.load(at, 0), fault };
      void worker.terminate().then(() => resolve(lost));
    };
    const next = () => {
      stretch = waiting.pop();
      if (stretch === undefined) return end(undefined);
      Atomics.store(at, 0, stretch.from);
      worker.postMessage(stretch);
    };
    const watch = setInterval(() => {
      const number = Atomics.load(at, 0);
      if (number !== seen || stretch === undefined) since = performance.now();
      seen = number;
      if (performance.now() - since > bounds.hangMs) end(`hang: longer than ${bounds.hangMs} ms`);
      else if (process.memoryUsage.rss() > bounds.residentMb * 2 ** 20)
        end(`memory: the process has more than ${bounds.residentMb} MB`);
    }, WATCH_MS);
    worker.on('message', (tally: Tally | 'ready') => {
      if (tally !== 'ready') addTally(sum, tally);
      if (sum.findings.length >= bounds.stopAfter) waiting.length = 0;
      next();
    });
    worker.on('error', (error) => end(`the thread ended: ${String(error).slice(0, 300)}`));
  });
}

/** The mutant's fixture and damages, made anew: making it harms nobody. */
function findingOf({ seed, fixture: only }: Stretch, number: number, fault: string): Finding {
  const { id, damages } = makeMutant(openCorpus(), { seed, number, fixture: only });
  return { seed, number, fixture: id.fixture, damages, fault };
}
