import { join } from 'node:path';
import type { PredictRequest } from '@tillcast/api/predict';
import { openRandom } from '@tillcast/core/simulation/random';
import { DAY_MS } from '@tillcast/core/simulation/rhythm';
import { simulateShop } from '@tillcast/core/simulation/shop';
import type { Command } from 'commander';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import { openEventLog } from '../compose.ts';
import { buildConsole } from '../demo/build-console.ts';
import { countSessions } from '../demo/count-sessions.ts';
import { demoSettings, embedded, hasChampion, importHistory, simulateHistory, trainDemo } from '../demo/demo-shop.ts';
import { openLiveTraffic } from '../demo/live-traffic.ts';
import { latestQuestions, onceSummary, scoreSample } from '../demo/once-summary.ts';
import { openSchedule, visitsOf } from '../demo/session-schedule.ts';
import type { TrainingOutcome } from '../jobs/train-options.ts';
import { type RunningServer, startServer } from '../serving/start-server.ts';
import { openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';
import { parseCount } from './train-flags.ts';

interface Flags {
  readonly data: string;
  readonly port: string;
  readonly seed: string;
  readonly once?: true;
  readonly fresh?: true;
}

/** What the steps hand on to each other. */
interface Hands {
  file?: string;
  events?: number;
  sessions?: number;
  /** What `--once` asks over HTTP. */
  questions?: readonly PredictRequest[];
  item?: TrainingOutcome;
}

const quietMs = 5_000;

type Step = (hands: Hands, tell: (text: string) => void) => Promise<void>;

/** Live lines on a terminal; elsewhere a line a step and one every few seconds in between. */
async function runSteps(steps: readonly (readonly [title: string, step: Step])[]): Promise<Hands> {
  const hands: Hands = {};
  const live = process.stderr.isTTY === true;
  // Results go to stdout, the story of how they came about to stderr.
  const logger = new ListrLogger<never>({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = new Listr(
    steps.map(([title, step]) => ({
      title,
      task: async (_: unknown, task: { output: string; title: string }) => {
        const started = performance.now();
        let shown = started;
        let last = '';
        await step(hands, (text) => {
          last = text;
          if (!live && performance.now() - shown < quietMs) return;
          shown = performance.now();
          task.output = text;
        });
        task.title = `${title}: ${last} (${((performance.now() - started) / 1_000).toFixed(0)} s)`;
      },
    })),
    { renderer: live ? 'default' : 'simple', rendererOptions: { logger } },
  );
  await list.run();
  return hands;
}

const describe = ({ manifest, promoted, reasons }: TrainingOutcome) =>
  `${manifest.members.map(({ name }) => name).join(' + ')}, ${promoted ? 'champion' : `not promoted: ${reasons.join('; ')}`}`;

function preparation(folder: string, seed: number, signal: AbortSignal): readonly (readonly [string, Step])[] {
  return [
    [
      'Simulate a shop’s last 28 days',
      async (hands, tell) => {
        hands.file = await simulateHistory(folder, demoSettings(seed, Date.now()), tell);
      },
    ],
    [
      'Import its events',
      async (hands, tell) => {
        const { accepted, duplicate, rejected } = await importHistory(folder, hands.file!, tell);
        const log = openEventLog(openDataDir(folder), embedded);
        hands.sessions = await countSessions(log);
        hands.questions = await latestQuestions(log, Date.now() - DAY_MS, 50);
        await log.close();
        hands.events = accepted;
        tell(`${accepted} accepted, ${duplicate} duplicate, ${rejected} rejected, ${hands.sessions} sessions`);
      },
    ],
    [
      'Train “buys this item”',
      async (hands, tell) => {
        hands.item = await trainDemo(folder, 'item', seed, tell, signal);
        tell(describe(hands.item));
      },
    ],
    [
      'Train “buys in this visit”',
      async (_, tell) => {
        tell(describe(await trainDemo(folder, 'session', seed, tell, signal)));
      },
    ],
  ];
}

function traffic(server: RunningServer, seed: number) {
  const random = openRandom(seed).fork('live traffic');
  const events = (function* () {
    for (const { event } of simulateShop({ ...demoSettings(seed, Date.now()), days: Number.POSITIVE_INFINITY })) yield event;
  })();
  // Begun a quarter of an hour ago, so that the shop is not empty when the page opens.
  const schedule = openSchedule(visitsOf(events), Date.now() - 15 * 60_000, 1_500, () => random.uniform());
  return openLiveTraffic({ schedule, url: server.url, now: Date.now, onProblem: say });
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}

async function demo(flags: Flags): Promise<void> {
  const seed = parseCount('--seed', flags.seed, 0, 2 ** 32 - 1);
  const port = flags.once ? 0 : parseCount('--port', flags.port, 0, 65_535);
  const folder = flags.once ? join(flags.data, 'once') : flags.data;
  const stop = new AbortController();
  const interrupt = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort());
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const fresh = flags.once === true || flags.fresh === true || !(await hasChampion(folder));
  const hands = fresh ? await runSteps(preparation(folder, seed, stop.signal)) : {};
  buildConsole();
  const server = await startServer({ data: folder, port, open: true, logLevel: 'error', env: {} });
  try {
    if (flags.once) {
      const sample = await scoreSample(server.url, hands.questions!);
      printJson(onceSummary(hands.events!, hands.sessions!, hands.item!, sample));
      return;
    }
    const live = traffic(server, seed);
    say(`\nTillcast is watching a simulated shop on ${server.url}  (open, on loopback only; Ctrl-C ends it)`);
    say(`  the API, to try: ${server.url}/docs\n  who is about to buy: curl -s '${server.url}/v1/shoppers?limit=3'\n`);
    await stopped(stop.signal);
    live.close();
  } finally {
    await server.close();
  }
}

/** `tillcast demo`: what `npm start` runs. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('Show a simulated shop from its history to live scores, on loopback.')
    .option('--data <dir>', 'data directory of the demo', join('.tillcast', 'demo'))
    .option('--port <number>', 'port of the page and the API', '8080')
    .option('--seed <n>', 'same seed, same shop', '1')
    .option('--fresh', 'make the shop anew even if an earlier demo left one')
    .option('--once', 'do it all, score a sample over HTTP, print one JSON summary and exit')
    .action(demo);
}
