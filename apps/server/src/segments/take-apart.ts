import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Env } from '../setting-or-file.ts';
import type { StockJob, StockWord } from './stock-job.ts';

/** How the process that takes stock is run. */
export interface ApartSettings {
  /** Data directory. */
  readonly data: string;
  /** The most its heap may take, MiB. */
  readonly memoryMb: number;
  readonly env: Env;
  /** Told of every process that is started, and of how far it is. */
  readonly onProgress?: (text: string, child: ChildProcess) => void;
}

const script = join(import.meta.dirname, 'stock-process.ts');
const lastCharacters = 4_000;
/** A stock that takes longer is taken for one that hangs. */
const patienceMs = 12 * 3_600_000;
/** What a process has to end its trainer before it is ended itself. */
const graceMs = 2_000;
/** Of our own surroundings it gets what programs need to run at all; what it is to believe comes from the server's. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'MALLOC_ARENA_MAX', 'TILLCAST_TRAINER_PYTHON'];

function start({ memoryMb, env }: ApartSettings): ChildProcess {
  const own = Object.fromEntries(inherited.map((name) => [name, process.env[name]]));
  const child = fork(script, [], {
    execArgv: [`--max-old-space-size=${memoryMb}`],
    env: { ...own, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Rates and titles are maps.
    serialization: 'advanced',
  });
  try {
    setPriority(child.pid!, constants.priority.PRIORITY_LOW);
  } catch {
    // It ended already, or the system has no priorities: it takes its turn with the others.
  }
  return child;
}

/** Why a process that said nothing of it wrote no stock. */
function whyEnded(code: number | null, signal: NodeJS.Signals | null, said: string, memoryMb: number): string {
  const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
  const isFull =
    /heap out of memory|allocation failed/i.test(said) || signal === 'SIGKILL' || code === 134 || signal === 'SIGABRT';
  const remedy = isFull
    ? `, perhaps because memory ran out: it may take ${memoryMb} MB (segments_memory_mb), about 500 bytes a shopper`
    : '';
  const lines = said.trim().split('\n');
  // After its last words V8 prints a stack that says nothing to anybody here.
  const last = lines.findLast((line) => line.startsWith('FATAL ERROR')) ?? lines.at(-1)!;
  return `${how}${remedy}${last === '' ? '' : `: ${last}`}`;
}

/** Ends a process in order where it can be, and for certain soon after. */
function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
}

/**
 * Takes stock in a process of its own, in a folder that nobody looks at before it is finished. Raises STORE_UNAVAILABLE with what it said last where it
 * did not finish, CANCELLED where `signal` told it to stop.
 */
export async function takeApart(settings: ApartSettings, job: Omit<StockJob, 'data'>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new TillcastError('CANCELLED', 'the server closes; stock is taken by the next one');
  const child = start(settings);
  let [isDone, problem, said] = [false, undefined as string | undefined, ''];
  child.stderr!.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-lastCharacters);
  });
  child.on('message', (word: StockWord) => {
    if (word.word === 'progress') settings.onProgress?.(word.text, child);
    else if (word.word === 'done') isDone = true;
    else problem = word.problem;
  });
  const stop = (): void => end(child);
  const late = setTimeout(stop, patienceMs).unref();
  signal.addEventListener('abort', stop, { once: true });
  child.send({ ...job, data: settings.data } satisfies StockJob);
  settings.onProgress?.('started', child);
  const [code, killed] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...how) => resolve(how));
  }).finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  });
  if (isDone) return;
  if (signal.aborted) throw new TillcastError('CANCELLED', 'the server closes; stock is taken by the next one');
  throw new TillcastError(
    'STORE_UNAVAILABLE',
    `stock of segments was not taken: ${problem ?? whyEnded(code, killed, said, settings.memoryMb)}; the one before stands`,
  );
}
