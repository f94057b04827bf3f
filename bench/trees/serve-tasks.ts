import { createInterface } from 'node:readline';
import { BenchError } from './bench-error.ts';
import type { Loaded, Prepared } from './contender.ts';

/** One thing a contender does, over and over. */
export interface Task {
  readonly rowsACall: number;
  /** Works on the rows from `row` on; what it returns is added up, so that no work can be left out. */
  call(row: number): number | Promise<number>;
  /** What is checked: the answers for the first rows, one list, or one a member. */
  answers(): readonly Float64Array[] | Promise<readonly Float64Array[]>;
}

/** A contender whose models are in memory. */
export interface OpenContender {
  /** Answers for a first row, so that nothing of the loading is put off. */
  first(): void | Promise<void>;
  /** The tasks by name. */
  prepare(): Readonly<Record<string, Task>> | Promise<Readonly<Record<string, Task>>>;
  /** Versions, and what was chosen while preparing. */
  readonly about: Readonly<Record<string, string>>;
}

export type Contenders = Readonly<Record<string, () => OpenContender | Promise<OpenContender>>>;

type Question = { readonly contender: string } & (
  | { readonly ask: 'open' }
  | { readonly ask: 'prepare' }
  | { readonly ask: 'time'; readonly task: string; readonly calls: number }
  | { readonly ask: 'answer'; readonly task: string }
);

interface Served {
  readonly contender: OpenContender;
  readonly tasks: Map<string, Task & { cursor: number }>;
}

const rssMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Answers questions on stdin until it ends; contender.ts holds what they are. `rowCount` test rows are gone through in a circle. */
export async function serveTasks(contenders: Contenders, rowCount: number): Promise<void> {
  const served = new Map<string, Served>();
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line) as Question, contenders, served, rowCount).catch((error: unknown) => ({
      error: String(error),
    }));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}

async function answer(
  question: Question,
  contenders: Contenders,
  served: Map<string, Served>,
  rowCount: number,
): Promise<unknown> {
  const name = question.contender;
  if (question.ask === 'open') return open(contenders, name, served);
  const asked = served.get(name);
  if (asked === undefined) return { error: `${name} was not opened` };
  if (question.ask === 'prepare') return prepare(asked);
  const task = asked.tasks.get(question.task);
  if (task === undefined) return { error: `${name} has no task ${question.task}` };
  if (question.ask === 'time') return { ms: await time(task, question.calls, rowCount) };
  return { values: (await task.answers()).map((values) => Array.from(values)) };
}

async function open(contenders: Contenders, name: string, served: Map<string, Served>): Promise<Loaded | { error: string }> {
  const opener = contenders[name];
  if (opener === undefined) return { error: `there is no contender ${name}` };
  const before = rssMiB();
  const start = performance.now();
  const contender = await opener();
  await contender.first();
  const loadMs = performance.now() - start;
  const totalMiB = rssMiB();
  served.set(name, { contender, tasks: new Map() });
  return { loadMs, addedMiB: totalMiB - before, totalMiB };
}

async function prepare({ contender, tasks }: Served): Promise<Prepared> {
  for (const [name, task] of Object.entries(await contender.prepare())) tasks.set(name, { ...task, cursor: 0 });
  return { tasks: Array.from(tasks.keys()), about: contender.about };
}

/** Milliseconds of so many calls. */
async function time(task: Task & { cursor: number }, calls: number, rowCount: number): Promise<number> {
  const last = Math.max(1, rowCount - task.rowsACall + 1);
  let sum = 0;
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const added = task.call(task.cursor);
    // Awaiting costs even where nothing is waited for, and is not the contender's fault.
    sum += typeof added === 'number' ? added : await added;
    task.cursor = (task.cursor + task.rowsACall) % last;
  }
  const ms = performance.now() - start;
  if (!Number.isFinite(sum)) throw new BenchError(`the answers add up to ${sum}`);
  return ms;
}
