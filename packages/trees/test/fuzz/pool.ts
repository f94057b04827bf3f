import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addTally, emptyTally, type Finding, type Stretch, type Tally } from './campaign.ts';
import { openCorpus } from './corpus.ts';
import { MEMORY_EXCEEDED } from './exit-codes.ts';
import { makeMutant } from './mutant.ts';
import { residentMbOf } from './resident-mb.ts';

/** What a campaign may take. */
export interface Bounds {
  readonly workers: number;
  /** A mutant that takes longer than this hangs. */
  readonly hangMs: number;
  /** JavaScript heap of each worker, in MB; a mutant that takes more ends its worker. */
  readonly heapMb: number;
  /**
   * All memory of each worker, in MB, typed arrays included: a mutant that takes more is stopped at it where the platform tells what a process
   * holds (Linux), and found as the next one begins elsewhere.
   */
  readonly residentMb: number;
  /** Enough is known after so many findings. */
  readonly stopAfter: number;
}

/** Mutants that a worker judges before it answers. */
const STRETCH = 1_000;
const WATCH_MS = 100;
const MEMORY_FAULT = 'memory: more than a worker may hold';

/** The mutants `start` … `start + count − 1` of a seed, of one fixture where it is named, in stretches. */
export const stretchesOf = (seed: number, count: number, start = 0, fixture?: string): Stretch[] =>
  Array.from({ length: Math.ceil(count / STRETCH) }, (_, index) => {
    const from = index * STRETCH;
    return { seed, from: start + from, count: Math.min(STRETCH, count - from), fixture };
  });

/** Judges mutants in processes of their own: what a mutant does to its process, be it hang, hoard or abort, ends that one alone and is found. */
export async function runCampaign(stretches: readonly Stretch[], reader: string, bounds: Bounds): Promise<Tally> {
  const scratch = mkdtempSync(join(tmpdir(), 'tillcast-fuzz-'));
  const job: Job = { waiting: stretches.toReversed(), sum: emptyTally(), reader, bounds };
  try {
    const lanes = Array.from({ length: Math.min(bounds.workers, stretches.length) }, (_, lane) => join(scratch, `${lane}`));
    await Promise.all(lanes.map((stateFile) => runLane(job, stateFile)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return job.sum;
}

interface Job {
  readonly waiting: Stretch[];
  readonly sum: Tally;
  readonly reader: string;
  readonly bounds: Bounds;
}

/** One process after another: each works on stretches until there are none, or a mutant ends it. */
async function runLane(job: Job, stateFile: string): Promise<void> {
  const { waiting, sum, bounds } = job;
  while (waiting.length > 0) {
    const lost = await runWorker(job, stateFile);
    if (lost === undefined) return;
    const { stretch, number, fault } = lost;
    sum.findings.push(findingOf(stretch, number, fault));
    // What the process had counted of the stretch went with it: both sides of the mutant are judged again.
    const behind = { ...stretch, from: number + 1, count: stretch.from + stretch.count - number - 1 };
    const before = { ...stretch, count: number - stretch.from };
    waiting.push(...[behind, before].filter(({ count }) => count > 0));
    if (sum.findings.length >= bounds.stopAfter) waiting.length = 0;
  }
}

/** The mutant that ended a worker. */
interface Lost {
  readonly stretch: Stretch;
  readonly number: number;
  readonly fault: string;
}

/** Resolves when no stretch is left, or with the mutant that ended the worker. */
function runWorker({ waiting, sum, reader, bounds }: Job, stateFile: string): Promise<Lost | undefined> {
  const note = Buffer.alloc(4);
  writeFileSync(stateFile, note);
  const numberOf = () => readFileSync(stateFile).readInt32LE();
  const child = openWorker(reader, stateFile, bounds);
  let words = '';
  child.stderr!.on('data', (chunk: Buffer) => (words = `${words}${chunk}`.slice(0, 2_000)));
  return new Promise((resolve, reject) => {
    let stretch: Stretch | undefined;
    let ending: string | undefined;
    let seen = -1;
    let since = performance.now();
    child.on('message', (answer: Tally | 'ready') => {
      if (answer !== 'ready') addTally(sum, answer);
      if (sum.findings.length >= bounds.stopAfter) waiting.length = 0;
      stretch = waiting.pop();
      if (stretch === undefined) return child.disconnect();
      // Should it end before its first mutant begins, that one is the one to look at.
      note.writeInt32LE(stretch.from);
      writeFileSync(stateFile, note);
      child.send(stretch);
    });
    const watch = setInterval(() => {
      const number = numberOf();
      if (number !== seen || stretch === undefined) since = performance.now();
      seen = number;
      if ((residentMbOf(child.pid!) ?? 0) > bounds.residentMb) ending = MEMORY_FAULT;
      else if (performance.now() - since > bounds.hangMs) ending = `hang: longer than ${bounds.hangMs} ms`;
      else return;
      child.kill('SIGKILL');
    }, WATCH_MS);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      if (stretch !== undefined)
        resolve({ stretch, ...lostOf(numberOf(), code, signal, words), ...(ending ? { fault: ending } : {}) });
      else if (code === 0) resolve(undefined);
      else reject(new Error(`a worker did not start: ${words}`));
    });
  });
}

function openWorker(reader: string, stateFile: string, { heapMb, residentMb }: Bounds): ChildProcess {
  return fork(new URL('./worker.ts', import.meta.url), [reader, stateFile, String(residentMb)], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
}

function lostOf(number: number, code: number | null, signal: string | null, words: string): Omit<Lost, 'stretch'> {
  // The worker looks at its memory as the next mutant begins, before it writes the number of that one.
  if (code === MEMORY_EXCEEDED) return { number, fault: MEMORY_FAULT };
  const fatal = /FATAL ERROR: .*|\w*Error: .*/.exec(words)?.[0] ?? words.slice(0, 200);
  return { number, fault: `the process ended (${signal ?? code}): ${fatal}` };
}

/** The mutant's fixture and damages, made anew: making it harms nobody. */
function findingOf({ seed, fixture: only }: Stretch, number: number, fault: string): Finding {
  const { id, damages } = makeMutant(openCorpus(), { seed, number, fixture: only });
  return { seed, number, fixture: id.fixture, damages, fault };
}
