import { userInfo } from 'node:os';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Alias, aliases, type ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { BundleManifest, Target } from '@tillcast/core/scoring/bundle';
import type { Command } from 'commander';
import { openModelRegistry } from '../compose.ts';
import { openDataDir } from './data-dir.ts';
import { printJson } from './output.ts';
import { parseTarget } from './train-flags.ts';

interface Flags {
  readonly data: string;
  readonly json?: boolean;
  readonly target?: string;
  readonly alias: string;
  readonly why?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
}

const targets: readonly Target[] = ['item', 'session'];

/** Who moves an alias, for the history: `--by`, or the user of this process. */
function whoever(flags: Flags): string {
  if (flags.by !== undefined) return flags.by;
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function parseAlias(text: string): Alias {
  if (!aliases.includes(text as Alias))
    throw new TillcastError('OPTION_INVALID', `--alias must be one of ${aliases.join(', ')}, not "${text}"`);
  return text as Alias;
}

/** The model meant: `--target`, or the one that has the version, or the only one there is. */
async function modelOf(registry: ModelRegistry, flags: Flags, version?: string): Promise<Target> {
  if (flags.target !== undefined) return parseTarget(flags.target);
  const all = await registry.list();
  const meant =
    version === undefined || aliases.includes(version as Alias) ? all : all.filter((manifest) => manifest.version === version);
  const models = [...new Set(meant.map((manifest) => manifest.model))];
  if (models.length === 1) return models[0]!;
  if (models.length === 0)
    throw new TillcastError(
      'MODEL_NOT_FOUND',
      version === undefined
        ? 'there is no model yet; train one with "tillcast train"'
        : `there is no version "${version}"; "tillcast models list" shows them`,
    );
  throw new TillcastError('OPTION_INVALID', `there are the models ${models.join(' and ')}: say which with --target`);
}

/** The aliases that name a version now. */
async function aliasesOf(registry: ModelRegistry, model: Target): Promise<ReadonlyMap<string, readonly Alias[]>> {
  const named = new Map<string, Alias[]>();
  for (const alias of aliases) {
    const version = await registry.resolve(model, alias);
    if (version !== undefined) named.set(version, [...(named.get(version) ?? []), alias]);
  }
  return named;
}

const summary = (manifest: BundleManifest, named: readonly Alias[]) => ({
  model: manifest.model,
  version: manifest.version,
  aliases: named,
  created_at: manifest.createdAt,
  horizon_ms: manifest.horizonMs,
  members: manifest.members.map((member) => member.name),
  rows: manifest.data.rows,
  positives: manifest.data.positives,
  content_hash: manifest.contentHash,
  metrics: manifest.metrics.ensemble ?? null,
});

async function list(flags: Flags): Promise<void> {
  const registry = openModelRegistry(openDataDir(flags.data));
  const wanted = flags.target === undefined ? targets : [parseTarget(flags.target)];
  const rows = [];
  for (const model of wanted) {
    const named = await aliasesOf(registry, model);
    for (const manifest of await registry.list(model)) rows.push(summary(manifest, named.get(manifest.version) ?? []));
  }
  if (flags.json) return printJson({ models: rows });
  if (rows.length === 0) process.stdout.write('No model yet. Train one: tillcast train\n');
  for (const row of rows) {
    const mark = row.aliases.length > 0 ? `  ← ${row.aliases.join(', ')}` : '';
    process.stdout.write(
      `${row.model.padEnd(8)} ${row.version}  ${row.members.join('+')}  ${row.rows} rows, ${row.positives} positives${mark}\n`,
    );
  }
}

async function show(version: string, flags: Flags): Promise<void> {
  const registry = openModelRegistry(openDataDir(flags.data));
  const model = await modelOf(registry, flags, version);
  const opened = await registry.open(model, version);
  const history = (await Promise.all(aliases.map((alias) => registry.history(model, alias))))
    .flat()
    .sort((a, b) => a.atMs - b.atMs);
  printOrJson(flags, {
    manifest: opened.manifest,
    blend: opened.blend,
    bands: opened.reference.bands,
    parity: opened.parity,
    history,
  });
}

async function verify(version: string, flags: Flags): Promise<void> {
  const registry = openModelRegistry(openDataDir(flags.data));
  const model = await modelOf(registry, flags, version);
  const { manifest, parity } = await registry.open(model, version);
  const result = {
    model,
    version: manifest.version,
    verified: true,
    golden_rows: parity.rows,
    parity_max_abs: parity.rawMaxAbs,
    contribution_max_abs: parity.contributionMaxAbs,
  };
  if (flags.json) return printJson(result);
  process.stdout.write(
    `${model} ${manifest.version}: hashes, signature and ${parity.rows} golden rows hold (raw scores within ${parity.rawMaxAbs}, contributions within ${parity.contributionMaxAbs}).\n`,
  );
}

function printOrJson(flags: Flags, value: unknown): void {
  if (flags.json) printJson(value);
  else process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

async function move(registry: ModelRegistry, flags: Flags, model: Target, version: string): Promise<void> {
  const alias = parseAlias(flags.alias);
  const why = flags.why;
  if (why === undefined || why.trim() === '')
    throw new TillcastError('OPTION_INVALID', '--why is needed: the history keeps who moved an alias and why');
  const before = (await registry.resolve(model, alias)) ?? null;
  // Opened first: an alias never comes to name a bundle that is refused.
  const { manifest } = await registry.open(model, version);
  const wish = { model, alias, version: manifest.version, by: whoever(flags), why };
  const moved = flags.dryRun ? wish : await registry.move(wish);
  if (flags.json) return printJson({ ...moved, before, dry_run: flags.dryRun === true });
  process.stdout.write(`${flags.dryRun ? 'Would move: ' : ''}${model} ${alias}: ${before ?? 'none'} → ${manifest.version}\n`);
}

async function promote(version: string, flags: Flags): Promise<void> {
  const registry = openModelRegistry(openDataDir(flags.data));
  await move(registry, flags, await modelOf(registry, flags, version), version);
}

/** The version an alias named before the one it names now. */
async function previous(registry: ModelRegistry, model: Target, alias: Alias): Promise<string> {
  const history = await registry.history(model, alias);
  const now = history.at(-1)?.version;
  const before = history.findLast((one) => one.version !== null && one.version !== now)?.version;
  if (!before)
    throw new TillcastError(
      'MODEL_NOT_FOUND',
      `the ${alias} of "${model}" never named another version: there is nothing to go back to`,
    );
  return before;
}

async function rollback(flags: Flags): Promise<void> {
  const registry = openModelRegistry(openDataDir(flags.data));
  const model = await modelOf(registry, flags);
  const version = await previous(registry, model, parseAlias(flags.alias));
  await move(registry, { ...flags, why: flags.why ?? 'rollback' }, model, version);
}

/** `tillcast models …`: what is there, whether it is sound, and which version is champion. */
export function registerModels(program: Command): void {
  const models = program.command('models').description('List, show, verify, promote and roll back trained models.');
  const command = (name: string, text: string): Command =>
    models
      .command(name)
      .description(text)
      .option('--data <dir>', 'data directory', '.tillcast')
      .option('--target <target>', 'item or session')
      .option('--json', 'one line of JSON on stdout');
  const mover = (name: string, text: string): Command =>
    command(name, text)
      .option('--alias <alias>', aliases.join(', '), 'champion')
      .option('--why <text>', 'the reason, kept in the history')
      .option('--by <name>', 'who moves it (default: this user)')
      .option('--dry-run', 'say what would be done');
  command('list', 'versions, oldest first, and what names them').action(list);
  command('show <version>', 'all of a version or alias, and the moves of the aliases').action(show);
  command('verify <version>', 'checks hashes, signature and golden rows of a version or alias again').action(verify);
  mover('promote <version>', 'makes a version the champion').action(promote);
  mover('rollback', 'gives the alias back to the version it named before').action(rollback);
}
