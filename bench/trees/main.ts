import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';
import { holdContest } from './contest.ts';
import { hostsOf } from './hosts.ts';
import { installPeers, type Peers, trainerOnly } from './install-peers.ts';
import { coreToHold, describeMachine } from './machine.ts';
import { backends } from './ours/backends.ts';
import { readAbout } from './ours/read-models.ts';
import { fullModels, type Models, prepareModels, tinyModels } from './prepare-models.ts';
import { reportOf } from './report.ts';
import { reportText } from './report-text.ts';
import { say } from './run.ts';
import { fullWork, tinyWork } from './settings.ts';
import { writeBetweenMarks } from './write-docs.ts';

/**
 * The ensemble's scores and explanations against the Python libraries, onnxruntime-node, treelite, shap and lime: same models, same rows, one run.
 * It installs its peers, trains the models (both kept in bench/trees/.cache), checks that all give the same answers, and measures them in turn.
 */

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Puts the figures into docs/benchmarks.md. */
    'write-docs': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '11' },
    'slice-ms': { type: 'string', default: '120' },
    /** Small models and little work, with the trainer's own Python and no other peer: shows that all runs and answers rightly, its figures mean nothing. */
    tiny: { type: 'boolean', default: false },
    /** Where models are kept. */
    models: { type: 'string', default: join(import.meta.dirname, '.cache', 'models') },
  },
});

/** Everything ends within ten minutes: no round begins, and nothing is compiled on, after these. */
const LAST_ROUND_MS = 510_000;
const COMPILED_BY_MS = 330_000;

const start = performance.now();
const elapsed = (): number => Math.round(performance.now() - start);

function missingPeers(peers: Peers, models: Models): Record<string, string> {
  const all: [string, boolean, string][] = [
    ['onnxruntime-node', models.onnx, peers.onnxruntime ? 'the models could not be converted' : 'does not install here'],
    ['treelite', models.treelite, peers.treelite ? 'could not be compiled in time' : 'does not install here'],
    ['XGBoost ≥ 3.4', peers.quadraturePython !== undefined, 'does not install here: it needs Python 3.12 or later'],
  ];
  return Object.fromEntries(
    all.filter(([, isHere]) => !isHere).map(([name, , why]) => [name, flags.tiny ? 'left out of --tiny' : why]),
  );
}

async function main(): Promise<void> {
  const core = coreToHold();
  const machine = describeMachine(core);
  const work = flags.tiny ? tinyWork : fullWork;
  const peers = flags.tiny ? trainerOnly : installPeers(join(import.meta.dirname, '.cache'));
  const models = prepareModels(
    flags.models,
    peers,
    flags.tiny ? tinyModels : fullModels,
    Math.max(1_000, COMPILED_BY_MS - elapsed()),
  );
  const about = readAbout(models.folder);
  const ours = backends.at(-1)!;
  const hosts = hostsOf(peers, models, work, core);
  const contest = await holdContest({
    hosts: flags.tiny ? hosts.filter(({ threads, contenders }) => threads === 1 && !contenders.includes('lime')) : hosts,
    ours,
    reference: 'python',
    facts: { width: about.features.length, baseRate: about.base_rate },
    rows: work,
    pace: { sliceMs: Number(flags['slice-ms']), rounds: Number(flags.rounds), until: LAST_ROUND_MS, now: elapsed },
    loads: flags.tiny ? 0 : 3,
  });
  const date = new Date().toISOString().slice(0, 10);
  const missing = { ...missingPeers(peers, models), ...contest.failed };
  const report = reportOf(contest, { machine, missing, ours, date, seconds: Math.round(elapsed() / 1000) });
  if (flags['write-docs'] && !flags.tiny && report.refused.length === 0)
    writeBetweenMarks(join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md'), reportText(report));
  console.log(flags.json ? JSON.stringify(report) : reportText(report));
  for (const refusal of report.refused) say(`refused: ${refusal}`);
  if (report.refused.length > 0) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  if (!(error instanceof BenchError)) throw error;
  say(error.message);
  process.exitCode = 1;
});
