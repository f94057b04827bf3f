import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { isFields } from '@tillcast/core/events/read-field';
import type { ExperimentRevision } from '@tillcast/core/ports/experiment-store';
import { openConvert } from '@tillcast/core/shop/convert';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { openEventLog, openExperimentStore, openExposureLog, openItemCatalogue, openModelRegistry } from '../compose.ts';
import { readShopSettings } from '../config.ts';
import { type ExperimentDesk, openExperimentDesk } from '../experiments/desk.ts';
import { openMarginOf } from '../experiments/margin-of.ts';
import { experimentOnWire } from '../experiments/on-wire.ts';
import { type ExperimentReport, experimentResults } from '../experiments/results.ts';
import { sayResults } from '../experiments/say-results.ts';
import { HttpRefusal } from '../http/problem.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import { printJson, say } from './output.ts';

interface Flags {
  readonly data: string;
  readonly json?: boolean;
  readonly why?: string;
  readonly by?: string;
  readonly asOf?: string;
}

/** Who changes an experiment, for its history: `--by`, or the user of this process. */
function whoever({ by }: Flags): string {
  if (by !== undefined) return by;
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

async function atDesk<T>(flags: Flags, work: (desk: ExperimentDesk, dir: DataDir) => Promise<T>): Promise<T> {
  const dir = openDataDir(flags.data);
  const store = openExperimentStore(dir);
  try {
    return await work(openExperimentDesk({ store, registry: openModelRegistry(dir), now: Date.now }), dir);
  } catch (error) {
    // The same faults as over HTTP, in the words of the command line.
    if (error instanceof HttpRefusal)
      throw new TillcastError('INPUT_INVALID', error.fields.map((f) => `${f.pointer}: ${f.detail}`).join('; '));
    throw error;
  } finally {
    await store.close();
  }
}

function readConfig(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  }
  let config: unknown;
  try {
    config = parse(text, { maxAliasCount: 16 });
  } catch (error) {
    throw new TillcastError('INPUT_INVALID', `${file} is neither YAML nor JSON: ${(error as Error).message}`, { cause: error });
  }
  if (isFields(config)) return config;
  throw new TillcastError('INPUT_INVALID', `${file} must be a mapping: {experiment_id, variants, traffic_split, primary_metric}`);
}

function tell(revision: ExperimentRevision, flags: Flags): void {
  const experiment = experimentOnWire(revision);
  if (flags.json) {
    printJson(experiment);
    return;
  }
  process.stdout.write(
    `${experiment.experiment_id}: ${experiment.state} (version ${experiment.version}, ${experiment.change} by ${experiment.by})\n`,
  );
  for (const [variant, { version, member }] of Object.entries(experiment.models))
    process.stdout.write(`  ${variant}: ${version}${member === null ? '' : `, ${member} alone`}\n`);
  for (const note of experiment.notes) say(`note: ${note}`);
}

async function list(flags: Flags): Promise<void> {
  const experiments = await atDesk(flags, (desk) => desk.list());
  if (flags.json) return printJson({ experiments: experiments.map(experimentOnWire) });
  if (experiments.length === 0)
    process.stdout.write('No experiment yet. Write one down: tillcast experiment create --config FILE\n');
  for (const revision of experiments) tell(revision, { ...flags, json: false });
}

const create = async (flags: Flags & { readonly config: string }): Promise<void> =>
  tell(await atDesk(flags, (desk) => desk.create(readConfig(flags.config), { by: whoever(flags), why: flags.why })), flags);

const edit = async (id: string, flags: Flags & { readonly config: string }): Promise<void> =>
  tell(await atDesk(flags, (desk) => desk.edit(id, readConfig(flags.config), { by: whoever(flags), why: flags.why })), flags);

const move =
  (kind: 'start' | 'stop') =>
  async (id: string, flags: Flags): Promise<void> =>
    tell(await atDesk(flags, (desk) => desk[kind](id, { by: whoever(flags), why: flags.why })), flags);

function moment(text: string | undefined): number {
  const ms = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(ms))
    throw new TillcastError('OPTION_INVALID', `--as-of is "${text}"; give a moment such as 2026-11-20T18:00:00Z`);
  return ms;
}

/** What an experiment says as of a moment, from the stores of a data directory. */
async function report(history: readonly ExperimentRevision[], dir: DataDir, asOfMs: number): Promise<ExperimentReport> {
  const [events, exposures, catalogue] = [openEventLog(dir), openExposureLog(dir), openItemCatalogue(dir)];
  try {
    const view = openCatalogueView();
    for await (const facts of catalogue.read()) facts.forEach(view.learn);
    const settings = readShopSettings();
    const marginAsOf = (knownByMs: number) => openMarginOf(view, openConvert(settings), settings, knownByMs);
    return await experimentResults(history, { events, exposures, marginAsOf }, asOfMs);
  } finally {
    await Promise.all([events.close(), exposures.close(), catalogue.close()]);
  }
}

async function results(id: string, flags: Flags): Promise<void> {
  const asOfMs = moment(flags.asOf);
  const answer = await atDesk(flags, async (desk, dir) => report(await desk.history(id), dir, asOfMs));
  if (flags.json) return printJson(answer);
  for (const line of sayResults(answer)) process.stdout.write(`${line}\n`);
  for (const note of answer.notes) say(`note: ${note}`);
}

/** `tillcast experiment list|create|edit|start|stop|results`: the life of experiments, from the command line; a running server follows. */
export function registerExperimentLife(experiment: Command): void {
  const command = (name: string, text: string): Command =>
    experiment
      .command(name)
      .description(text)
      .option('--data <dir>', 'data directory', '.tillcast')
      .option('--json', 'one line of JSON on stdout');
  const changing = (name: string, text: string): Command =>
    command(name, text)
      .option('--why <text>', 'the reason, kept in the history')
      .option('--by <name>', 'who does it (default: this user)');
  command('list', 'every experiment').action(list);
  changing('create', 'writes an experiment down; it assigns nobody until it is started')
    .requiredOption('--config <file>', 'YAML or JSON')
    .action(create);
  changing('edit <id>', 'changes an experiment; while it runs only what does not make it another one')
    .requiredOption('--config <file>', 'YAML or JSON, whole')
    .action(edit);
  changing('start <id>', 'pins its models and assigns units from now on').action(move('start'));
  changing('stop <id>', 'stops it for good').action(move('stop'));
  command('results <id>', 'what it says, and whether that is known yet')
    .option('--as-of <moment>', 'what was known by then; default: now')
    .action(results);
}
