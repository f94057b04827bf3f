import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parseTrainingResult, type TrainingResult, type TrainingSpec } from './train-spec.ts';

/** What the trainer says while it works: contracts/progress-line.schema.json. */
export interface ProgressLine {
  readonly event: 'start' | 'trial' | 'fit' | 'member' | 'done' | 'error';
  readonly member?: string;
  readonly trial?: number;
  readonly trials?: number;
  readonly state?: 'complete' | 'pruned' | 'failed';
  readonly score?: number | null;
  readonly best?: number | null;
  readonly elapsed_seconds?: number;
  readonly remaining_seconds?: number | null;
  readonly code?: string;
  readonly message?: string;
}

export interface TrainerOptions {
  readonly onLine?: (line: ProgressLine) => void;
  /** Passed on as SIGINT: the trainer ends its study in order, so that it can be resumed. */
  readonly signal?: AbortSignal;
  /** The interpreter; default `TILLCAST_TRAINER_PYTHON`, then trainer/.venv. */
  readonly python?: string;
}

const trainerFolder = fileURLToPath(new URL('../../../../trainer', import.meta.url));
const LAST_LINES = 12;
const LONGEST_LINE = 2_000;
/** What a trainer has to end its study in order before it is ended. */
const GRACE_MS = 15_000;

/** The interpreter that has the learners, or undefined where the trainer is not installed. */
export function trainerPython(): string | undefined {
  const own = process.env.TILLCAST_TRAINER_PYTHON;
  const path = own ?? join(trainerFolder, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  return existsSync(path) ? path : undefined;
}

function start(python: string, module: string, specPath: string, threads: number): ChildProcess {
  const paths = [join(trainerFolder, 'src'), process.env.PYTHONPATH].filter((path) => path !== undefined && path !== '');
  return spawn(python, ['-m', module, specPath], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: a Ctrl-C reaches it once, from us, and not a second time from the terminal.
    detached: process.platform !== 'win32',
    env: {
      ...process.env,
      PYTHONPATH: paths.join(delimiter),
      PYTHONUNBUFFERED: '1',
      PYTHONHASHSEED: '0',
      OMP_NUM_THREADS: String(threads),
    },
  });
}

/** The last lines of a stream, for the message of a failure. */
function keepLast(lines: string[], line: string): void {
  lines.push(line.slice(0, LONGEST_LINE));
  if (lines.length > LAST_LINES) lines.shift();
}

function parseLine(line: string): ProgressLine | undefined {
  try {
    const value = JSON.parse(line) as ProgressLine;
    return typeof value === 'object' && value !== null && typeof value.event === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

const ends = (child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

/** Passes an abort on to the trainer, and makes sure that it ends with us whatever happens. */
function tie(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  let late: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    child.kill('SIGINT');
    late = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    late.unref();
  };
  const end = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted) interrupt();
  process.once('exit', end);
  return () => {
    clearTimeout(late);
    signal?.removeEventListener('abort', interrupt);
    process.removeListener('exit', end);
  };
}

function failure(
  error: ProgressLine | undefined,
  ended: { code: number | null; signal: NodeJS.Signals | null },
  lines: readonly string[],
): TillcastError {
  const said = error?.message ?? '';
  if (
    error?.code === 'ONE_CLASS' ||
    error?.code === 'TOO_FEW_POSITIVES' ||
    error?.code === 'INPUT_INVALID' ||
    error?.code === 'CANCELLED'
  )
    return new TillcastError(error.code, said);
  const how = ended.signal === null ? `exit code ${ended.code}` : `it was ended by ${ended.signal}`;
  const memory =
    ended.signal === 'SIGKILL'
      ? ', perhaps because memory ran out: try fewer --threads, fewer --members or a shorter history'
      : '';
  const last = lines.length > 0 ? `\n  ${lines.join('\n  ')}` : '';
  return new TillcastError('TRAINER_FAILED', `${said ? `${said} (${how})` : `${how}${memory}`}${last}`);
}

/** Raises the remedy where the trainer is not installed, so that nobody waits for a dataset first. */
export function assertTrainer(): void {
  if (trainerPython() === undefined)
    throw new TillcastError('TRAINER_FAILED', 'trainer/.venv is not installed. Run: node bootstrap.mjs');
}

/** A module of the trainer with the spec it is to obey. */
interface TrainerJob {
  readonly module: 'tillcast_trainer' | 'tillcast_trainer.uplift' | 'tillcast_trainer.clv';
  readonly spec: { readonly threads: number; readonly out: string };
  /** Where the spec is kept. */
  readonly specPath: string;
}

/** Runs a module of the trainer as a child process; resolves to the path of its result. */
export async function runTrainerModule({ module, spec, specPath }: TrainerJob, options: TrainerOptions = {}): Promise<string> {
  if (options.python === undefined) assertTrainer();
  const python = options.python ?? trainerPython()!;
  if (options.signal?.aborted) throw new TillcastError('CANCELLED', 'the training was cancelled');
  writeFileSync(specPath, `${JSON.stringify(spec, null, 2)}\n`);
  const child = start(python, module, specPath, spec.threads);
  const untie = tie(child, options.signal);
  const lines: string[] = [];
  let error: ProgressLine | undefined;
  createInterface({ input: child.stderr! }).on('line', (line) => keepLast(lines, line));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const progress = parseLine(line);
    if (progress === undefined) return keepLast(lines, line);
    if (progress.event === 'error') error = progress;
    options.onLine?.(progress);
  });
  const ended = await ends(child)
    .catch((cause: Error) => {
      throw new TillcastError('TRAINER_FAILED', `${python} does not start: ${cause.message}. Run: node bootstrap.mjs`, { cause });
    })
    .finally(untie);
  if (options.signal?.aborted)
    throw new TillcastError('CANCELLED', 'the training was cancelled; the same command goes on where it stopped');
  if (ended.code !== 0) throw failure(error, ended, lines);
  const path = join(spec.out, 'result.json');
  if (!existsSync(path)) throw new TillcastError('TRAINER_FAILED', `it ended without writing ${path}`);
  return path;
}

/** Trains members by a spec and answers the checked result; the spec is kept at `specPath`. */
export async function runTrainer(spec: TrainingSpec, specPath: string, options: TrainerOptions = {}): Promise<TrainingResult> {
  const path = await runTrainerModule({ module: 'tillcast_trainer', spec, specPath }, options);
  return parseTrainingResult(
    readFileSync(path, 'utf8'),
    spec.members.map((member) => member.name),
  );
}
