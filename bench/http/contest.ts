import { medianOf } from '../trees/measure.ts';
import { closedLoop } from './closed-loop.ts';
import { openLoop, type Percentiles } from './open-loop.ts';
import type { Questions } from './questions.ts';
import { say } from './say.ts';
import type { Server } from './servers.ts';

/** What is measured, and for how long. */
export interface Contest {
  readonly ours: Server;
  readonly peers: readonly Server[];
  /** Starts the bare peer once it is known how many bytes an answer of ours has. */
  readonly startBare: (bytes: number) => Promise<Server>;
  readonly questions: Questions;
  /** Callers at once, of everyone. */
  readonly callers: number;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly mayGoOn: () => boolean;
}

export interface Measured {
  /** Answers a second, by `contender/task`, one a round. */
  readonly perSecond: Readonly<Record<string, number[]>>;
  /** Closed loop by `contender/task`, of the last round; `at_rate` in an open loop, both at the same rate, medians over rounds. */
  readonly latencyMs: Readonly<Record<string, Percentiles>>;
  /** Mean bytes of our answers, by task. */
  readonly answerBytes: Readonly<Record<string, number>>;
  readonly failed: number;
}

const tasks = ['predict', 'explain'] as const;
type Task = (typeof tasks)[number];
/** The rate, of what ours can do at most, at which latencies are compared. */
const shareOfOurs = 0.25;

/** Each percentile's median over slices: a pause of the machine spoils one slice, and is not what a server is like. */
const medianPercentiles = (slices: readonly Percentiles[]): Percentiles => {
  const names = Object.keys(slices[0]!) as (keyof Percentiles)[];
  return Object.fromEntries(names.map((name) => [name, medianOf(slices.map((slice) => slice[name]))])) as unknown as Percentiles;
};

/** Asks everyone in turn, round after round, so that what the machine does besides meets all alike. */
export async function holdRounds({
  ours,
  peers,
  startBare,
  questions,
  callers,
  rounds,
  sliceMs,
  mayGoOn,
}: Contest): Promise<Measured> {
  const perSecond: Record<string, number[]> = {};
  const latencyMs: Record<string, Percentiles> = {};
  const answerBytes: Record<string, number> = {};
  let [failed, asked] = [0, 0];

  async function slice(server: Server, task: Task, durationMs: number) {
    const from = asked;
    const report = await closedLoop({
      ports: [server.port],
      connections: callers,
      durationMs,
      request: questions[task],
      from,
    });
    asked += report.answered + report.failed;
    return report;
  }

  async function measure(server: Server, task: Task): Promise<void> {
    const report = await slice(server, task, sliceMs);
    const name = `${server.name}/${task}`;
    perSecond[name] = [...(perSecond[name] ?? []), report.perSecond];
    latencyMs[name] = report.latencyMs;
    failed += report.failed;
    if (server === ours) answerBytes[task] = report.bodyBytes;
  }

  say('warming up …');
  for (const task of tasks) answerBytes[task] = (await slice(ours, task, sliceMs)).bodyBytes;
  const bare = await startBare(answerBytes.predict!);
  for (const server of [bare, ...peers]) await slice(server, 'predict', Math.min(1_500, sliceMs));
  for (let round = 0; round < rounds && (round === 0 || mayGoOn()); round += 1) {
    say(`round ${round + 1} of ${rounds}`);
    for (const server of [...peers, bare, ours]) await measure(server, 'predict');
    for (const server of [...peers.filter(({ name }) => name === 'fastapi'), ours]) await measure(server, 'explain');
  }
  const rate = Math.max(20, Math.round(shareOfOurs * Math.max(...perSecond[`${ours.name}/predict`]!)));
  const atRate: Record<string, Percentiles[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const server of [bare, ours]) {
      const report = await openLoop({
        port: server.port,
        rate,
        durationMs: sliceMs,
        request: questions.predict,
        keptAlive: callers,
      });
      const name = `${server.name}/at_rate`;
      atRate[name] = [...(atRate[name] ?? []), report.latencyMs];
      failed += report.due - (report.statuses[200] ?? 0);
    }
  }
  for (const [name, slices] of Object.entries(atRate)) latencyMs[name] = medianPercentiles(slices);
  return { perSecond, latencyMs, answerBytes, failed };
}
