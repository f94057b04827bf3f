import { basename, join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { limits } from '@tillcast/core/events/limits';
import { parseInstant } from '@tillcast/core/events/parse-time';
import { textProblem } from '@tillcast/core/events/read-field';
import type { Command } from 'commander';
import { openEventLog, openItemCatalogue, openSuppressions } from '../compose.ts';
import { openSource, sources } from '../importing/sources/open-source.ts';
import type { ImportSummary } from '../importing/tally.ts';
import { openTraffic } from '../ingest/traffic.ts';
import { importCatalogue } from '../jobs/import-catalogue.ts';
import { type ImportOptions, importEvents } from '../jobs/import-events.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { openDataDir } from './data-dir.ts';
import { bar, openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly source: string;
  readonly data: string;
  readonly tenant?: string;
  readonly trafficRules?: string;
  readonly validFrom?: string;
  readonly json?: true;
  readonly dryRun?: true;
}

/** `tillcast import FILE…` */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Read files of events (CSV, JSON lines, each also .gz, and Parquet) into the data directory.')
    .argument('<files...>', 'files of events')
    .option(
      '--source <name>',
      `${sources.map(({ name }) => name).join(', ')}, a mapping file ending in .yaml, or catalogue: what the shop says of its items`,
      'tillcast',
    )
    .option('--valid-from <instant>', 'with --source catalogue: since when rows hold that do not say; default: now')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--tenant <name>', 'whose events they are, where the rows do not say')
    .option(
      '--traffic-rules <file>',
      'rules in YAML that mark events of machines and of the shop itself; default: the shipped ones',
    )
    .option('--dry-run', 'read and check every row, write nothing')
    .option('--json', 'print the result as one line of JSON')
    .action(runImport);
}

async function runImport(files: readonly string[], flags: Flags): Promise<void> {
  const wrong = flags.tenant === '' ? 'must not be empty' : textProblem(flags.tenant ?? '', limits.idLength);
  if (wrong !== undefined) throw new TillcastError('OPTION_INVALID', `--tenant ${wrong}`);
  if (flags.source === 'catalogue') return runCatalogueImport(files, flags);
  if (flags.validFrom !== undefined) throw new TillcastError('OPTION_INVALID', '--valid-from goes with --source catalogue');
  const source = openSource(flags.source);
  const mark = openTraffic(flags.trafficRules);
  const options = { files, source, nowMs: Date.now(), mark, ...(flags.tenant !== undefined && { tenant: flags.tenant }) };
  if (flags.dryRun) {
    report({ dry_run: true, ...(await withBar(importEvents, options)) }, flags);
    return;
  }
  const dir = openDataDir(flags.data);
  const log = openEventLog(dir);
  const suppressions = await openSuppressions(dir);
  const rejectedFile = join(dir.root, 'rejected.jsonl');
  try {
    report(
      {
        ...(await withBar(importEvents, { ...options, log, rejectedFile, isErased: (await openErasedList(suppressions)).has })),
        rejected_file: rejectedFile,
      },
      flags,
    );
  } finally {
    await log.close();
    await suppressions.close();
  }
}

async function runCatalogueImport(files: readonly string[], flags: Flags): Promise<void> {
  const validFromMs = flags.validFrom === undefined ? undefined : parseInstant(flags.validFrom);
  if (flags.validFrom !== undefined && validFromMs === undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      `--valid-from must be an instant such as 2026-11-20T00:00:00Z, not "${flags.validFrom}"`,
    );
  const options = {
    ...{ files, nowMs: Date.now() },
    ...(validFromMs !== undefined && { validFromMs }),
    ...(flags.tenant !== undefined && { tenant: flags.tenant }),
  };
  if (flags.dryRun) return report({ dry_run: true, ...(await withBar(importCatalogue, options)) }, flags);
  const dir = openDataDir(flags.data);
  const catalogue = openItemCatalogue(dir);
  const rejectedFile = join(dir.root, 'rejected.jsonl');
  try {
    report({ ...(await withBar(importCatalogue, { ...options, catalogue, rejectedFile })), rejected_file: rejectedFile }, flags);
  } finally {
    await catalogue.close();
  }
}

async function withBar<O>(
  run: (options: O & Pick<ImportOptions, 'onProgress'>) => Promise<ImportSummary>,
  options: O,
): Promise<ImportSummary> {
  const progress = openProgress();
  try {
    return await run({
      ...options,
      onProgress: ({ file, share, rows }) =>
        progress.update(`${bar(share)}  ${basename(file)}  ${rows.toLocaleString('en')} rows`),
    });
  } finally {
    progress.close();
  }
}

function report(summary: ImportSummary & { readonly dry_run?: true; readonly rejected_file?: string }, flags: Flags): void {
  const { rows, accepted, duplicate, rejected, rejected_by_reason, errors } = summary;
  say(
    `${rows} rows: ${accepted} ${summary.dry_run ? 'valid (nothing written)' : 'accepted'}, ${duplicate} duplicate, ${rejected} rejected`,
  );
  for (const [reason, count] of Object.entries(rejected_by_reason)) say(`  ${reason}: ${count}`);
  for (const { file, line, index, problem } of errors.slice(0, 5)) {
    say(`  ${basename(file)} ${line === undefined ? `row ${index}` : `line ${line}`}: ${problem}`);
  }
  if (rejected > 0 && summary.rejected_file !== undefined) say(`  every rejected row with its reason: ${summary.rejected_file}`);
  if (flags.json) printJson(summary);
}
