import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { BundleManifest } from '@tillcast/core/scoring/bundle';
import type { Command } from 'commander';
import { openModelRegistry } from '../compose.ts';
import { evaluate } from '../jobs/evaluate.ts';
import { wireReport, wireWindow } from '../jobs/evaluate-wire.ts';
import { openDataDir } from './data-dir.ts';
import { printBoard } from './evaluate-print.ts';
import { printJson } from './output.ts';
import { parseTarget } from './train-flags.ts';

interface Flags {
  readonly data: string;
  readonly target?: string;
  readonly version?: string;
  readonly json?: boolean;
}

/** The version meant: the one named by version or alias, else the latest trained (of the target, where one is given). */
async function manifestOf(registry: ModelRegistry, flags: Flags): Promise<BundleManifest> {
  const all = await registry.list(flags.target === undefined ? undefined : parseTarget(flags.target));
  if (flags.version === undefined) {
    const latest = all.toSorted((a, b) => (a.version < b.version ? -1 : 1)).at(-1);
    if (latest) return latest;
    throw new TillcastError(
      'MODEL_NOT_FOUND',
      `there is no model${flags.target ? ` "${flags.target}"` : ''} yet; train one with "tillcast train"`,
    );
  }
  for (const manifest of all) if ((await registry.resolve(manifest.model, flags.version)) === manifest.version) return manifest;
  throw new TillcastError(
    'MODEL_NOT_FOUND',
    `there is no version or alias "${flags.version}"; "tillcast models list" shows them`,
  );
}

async function run(flags: Flags): Promise<void> {
  const data = openDataDir(flags.data);
  const { model, version, target } = await manifestOf(openModelRegistry(data), flags);
  const { report, info } = await evaluate(data.runs, version);
  if (flags.json)
    return printJson({ model, version, target, ...wireWindow(info.horizonMs, info.splits.test), ...wireReport(report) });
  process.stdout.write(`${model} ${version}, horizon ${wireWindow(info.horizonMs, info.splits.test).horizon}\n`);
  printBoard(report);
}

/** `tillcast evaluate`: computes the figures of a version again, through the code that serves. */
export function registerEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('Compute the leaderboard of a trained version on its later window, with 95 % intervals.')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--target <target>', 'item or session (default: of the latest trained version)')
    .option('--version <version>', 'a version or alias (default: the latest trained)')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
}
