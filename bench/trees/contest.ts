import { BenchError } from './bench-error.ts';
import { type Answers, checkAnswers, type Facts, type Reference } from './check-answers.ts';
import { type Loaded, openWorker, type Worker } from './contender.ts';
import type { Host } from './hosts.ts';
import { type Entry, type Measured, measure, medianOf, type Pace } from './measure.ts';
import { say } from './run.ts';
import { parseTaskName, rowsOfTask } from './task-names.ts';

/** What a contest is held with. */
export interface ContestSettings {
  readonly hosts: readonly Host[];
  /** The contender that stands for packages/trees: its fastest backend. */
  readonly ours: string;
  /** Whose answers the others' are compared with: its single-thread scores and contributions, and `lime` for its weights. */
  readonly reference: string;
  readonly facts: Facts;
  readonly rows: Parameters<typeof rowsOfTask>[1];
  readonly pace: Pace;
  /** How often each contender is loaded in a fresh process. */
  readonly loads: number;
}

export interface Contest {
  readonly measured: readonly Measured[];
  /** How far each contender's answers to a task are from the reference, as `contender/task`; for LIME the share of strongest features that agree. */
  readonly gaps: Readonly<Record<string, number>>;
  /** Who answered wrongly; not measured. */
  readonly refused: readonly string[];
  readonly loading: Readonly<Record<string, Loaded>>;
  readonly about: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Contenders that could not be opened, and why. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Opens every contender, checks what it answers, measures those whose answers are right, and ends all processes. */
export async function holdContest(settings: ContestSettings): Promise<Contest> {
  const workers = settings.hosts.map((host) => ({ host, worker: openWorker(host) }));
  try {
    const { entries, about, failed } = await openAll(workers, settings);
    say(`checking the answers to ${entries.length} tasks …`);
    const { right, gaps, refused } = await checkAll(entries, settings);
    const loading = await measureLoading(settings, failed);
    say('measuring …');
    return { measured: await measure(right, settings.pace), gaps, refused, loading, about, failed };
  } finally {
    for (const { worker } of workers) worker.close();
  }
}

type Hosted = readonly { readonly host: Host; readonly worker: Worker }[];

/** Opens what can be opened; only ours and the reference must. */
async function openAll(workers: Hosted, settings: ContestSettings) {
  const about: Record<string, Readonly<Record<string, string>>> = {};
  const failed: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const { host, worker } of workers) {
    for (const contender of host.contenders) {
      say(`opening ${contender}${host.threads > 1 ? ' on all cores' : ''} …`);
      try {
        await worker.open(contender);
        const prepared = await worker.prepare(contender);
        about[contender] = { ...about[contender], ...prepared.about };
        const tasks = prepared.tasks.filter((task) => isMeasured(contender, task, settings));
        entries.push(...tasks.map((task) => ({ contender, task, worker, rowsACall: rowsOfTask(task, settings.rows) })));
      } catch (error) {
        if (!(error instanceof BenchError) || [settings.ours, settings.reference].includes(contender)) throw error;
        failed[contender] = error.message;
      }
    }
  }
  // Without lime there is nothing to check explanations of its kind with.
  return { entries: 'lime' in about ? entries : entries.filter(({ task }) => !task.startsWith('lime')), about, failed };
}

/** Contenders that know some members only. */
const confined: readonly string[] = ['treelite', 'xgboost_quadrature'];

/** Members alone are measured of the reference and of ours; what a peer is confined to, of that peer and of ours. */
function isMeasured(contender: string, task: string, { ours, reference }: ContestSettings): boolean {
  const { work, subset } = parseTaskName(task);
  if (subset === '' || subset === 'served' || confined.includes(contender)) return true;
  if (contender !== ours && contender !== reference) return false;
  if (subset === 'without_catboost') return work.startsWith('score');
  return ['score_row', 'shap_row'].includes(work) || (work === 'shap_batch' && subset === 'xgboost');
}

async function checkAll(entries: readonly Entry[], { reference, facts }: ContestSettings) {
  const known = new Map<string, Promise<Answers>>();
  const answersOf = (task: string): Promise<Answers> => {
    const contender = task.startsWith('lime') ? 'lime' : reference;
    const entry = entries.find((of) => of.contender === contender && of.task === task);
    if (entry === undefined) throw new BenchError(`cannot be checked: ${contender} does not answer ${task}`);
    const answers = known.get(task) ?? entry.worker.answer(contender, task);
    known.set(task, answers);
    return answers;
  };
  const expected: Reference = { answers: answersOf };
  const right: Entry[] = [];
  const gaps: Record<string, number> = {};
  const refused: string[] = [];
  for (const entry of entries) {
    const name = `${entry.contender}/${entry.task}`;
    try {
      gaps[name] = await checkAnswers(entry.task, await entry.worker.answer(entry.contender, entry.task), expected, facts);
      right.push(entry);
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      refused.push(`${name} ${error.message}`);
    }
  }
  return { right, gaps, refused };
}

/** Loads each single-thread contender in fresh processes, taking turns; the medians. */
async function measureLoading({ hosts, loads }: ContestSettings, failed: Contest['failed']): Promise<Record<string, Loaded>> {
  const seen = new Map<string, Loaded[]>();
  const loaded = hosts.filter(
    ({ threads, contenders }) => threads === 1 && !contenders.some((name) => name in failed || unloaded.includes(name)),
  );
  for (let load = 0; load < loads; load++) {
    say(`loading everyone in a fresh process (${load + 1} of ${loads}) …`);
    for (const host of loaded) {
      const contender = host.contenders[0]!;
      const worker = openWorker(host);
      try {
        seen.set(contender, [...(seen.get(contender) ?? []), await worker.open(contender)]);
      } finally {
        worker.close();
      }
    }
  }
  const median = (of: readonly Loaded[], field: keyof Loaded) => medianOf(of.map((figures) => figures[field]));
  return Object.fromEntries(
    Array.from(seen, ([contender, of]) => [
      contender,
      { loadMs: median(of, 'loadMs'), addedMiB: median(of, 'addedMiB'), totalMiB: median(of, 'totalMiB') },
    ]),
  );
}

/** Contenders whose loading is another's, or none worth telling. */
const unloaded: readonly string[] = ['lime', 'core', 'xgboost_quadrature'];
