import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BenchError } from './bench-error.ts';
import { holdingCommand } from './machine.ts';

/** What loading a contender took. */
export interface Loaded {
  /** From the files to the first answer; importing libraries is not in it. */
  readonly loadMs: number;
  /** Memory that the models took, and all that the process holds; 0 where the system does not tell. */
  readonly addedMiB: number;
  readonly totalMiB: number;
}

/** What a contender can do once it is warm. */
export interface Prepared {
  /** E.g. `score_row`, `shap_batch.xgboost`. */
  readonly tasks: readonly string[];
  /** Versions, and which of several calls was found fastest. */
  readonly about: Readonly<Record<string, string>>;
}

/**
 * A process that hosts contenders and answers one question at a time, each a line of JSON with the fields `ask` and `contender`: `open` (Loaded),
 * `prepare` (Prepared), `time` ({ms} of so many calls of a task, each on other rows than the last) and `answer` ({values}: what the task says of
 * the first test rows, one list or one a member). A failure is {error}.
 */
export interface Worker {
  open(contender: string): Promise<Loaded>;
  prepare(contender: string): Promise<Prepared>;
  time(contender: string, task: string, calls: number): Promise<number>;
  answer(contender: string, task: string): Promise<readonly Float64Array[]>;
  /** Ends the process. */
  close(): void;
}

/** How a worker's process is started. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The core it is held to; undefined = any. */
  readonly core?: number | undefined;
}

/** How long one question may take. */
const PATIENCE_MS = 90_000;

/** Starts a worker. */
export function openWorker({ command, args, env, core }: WorkerCommand): Worker {
  const held = core === undefined ? [command, ...args] : [holdingCommand, '-c', String(core), command, ...args];
  const child = spawn(held[0]!, held.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const ask = questions(child, args[0] ?? command);
  return {
    open: (contender) => ask<Loaded>({ ask: 'open', contender }),
    prepare: (contender) => ask<Prepared>({ ask: 'prepare', contender }),
    time: async (contender, task, calls) => (await ask<{ ms: number }>({ ask: 'time', contender, task, calls })).ms,
    answer: async (contender, task) =>
      (await ask<{ values: number[][] }>({ ask: 'answer', contender, task })).values.map((values) => Float64Array.from(values)),
    close: () => void child.kill('SIGKILL'),
  };
}

/** Questions to a child, one after the other; a child that ends or keeps silent fails the question under way and all that follow. */
function questions(child: ChildProcess, name: string) {
  let settle: { resolve(line: string): void; reject(reason: BenchError): void } | undefined;
  let ended: BenchError | undefined;
  const fail = (detail: string) => {
    ended ??= new BenchError(`${name} ${detail}`);
    settle?.reject(ended);
  };
  createInterface({ input: child.stdout! }).on('line', (line) => settle?.resolve(line));
  child.on('error', (error) => fail(`could not be started: ${error.message}`));
  child.on('exit', (code, signal) => fail(`ended (${signal ?? code}) before it had answered`));
  child.stdin?.on('error', () => fail('takes no more questions'));
  const askNow = async <T>(question: Readonly<Record<string, unknown>>): Promise<T> => {
    if (ended !== undefined) throw ended;
    const text = JSON.stringify(question);
    const timer = setTimeout(() => fail(`did not answer ${text} within ${PATIENCE_MS / 1000} s`), PATIENCE_MS);
    try {
      const line = await new Promise<string>((resolve, reject) => {
        settle = { resolve, reject };
        child.stdin?.write(`${text}\n`);
      });
      const reply = JSON.parse(line) as T & { error?: string };
      if (reply.error !== undefined) throw new BenchError(`${name}: ${text}: ${reply.error}`);
      return reply;
    } finally {
      clearTimeout(timer);
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return <T>(question: Readonly<Record<string, unknown>>): Promise<T> => {
    const reply = last.then(() => askNow<T>(question));
    last = reply.catch(() => {});
    return reply;
  };
}
