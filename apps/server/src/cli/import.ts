import { basename, join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { limits } from '@tillcast/core/events/limits';
import { textProblem } from '@tillcast/core/events/read-field';
import type { Command } from 'commander';
import { openEventLog } from '../compose.ts';
import { openSource, sources } from '../importing/sources/open-source.ts';
import type { ImportSummary } from '../importing/tally.ts';
import { type ImportOptions, importEvents } from '../jobs/import-events.ts';
import { openDataDir } from './data-dir.ts';
import { bar, openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly source: string;
  readonly data: string;
  readonly tenant?: string;
  readonly json?: true;
  readonly dryRun?: true;
}

/** `tillcast import FILE…` */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Read files of events (CSV, JSON lines, each also .gz, and Parquet) into the data directory.')
    .argument('<files...>', 'files of events')
    .option('--source <name>', `${sources.map(({ name }) => name).join(', ')}, or a mapping file ending in .yaml`, 'tillcast')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--tenant <name>', 'whose events they are, where the rows do not say')
    .option('--dry-run', 'read and check every row, write nothing')
    .option('--json', 'print the result as one line of JSON')
    .action(runImport);
}

async function runImport(files: readonly string[], flags: Flags): Promise<void> {
  const wrong = flags.tenant === '' ? 'must not be empty' : textProblem(flags.tenant ?? '', limits.idLength);
  if (wrong !== undefined) throw new TillcastError('OPTION_INVALID', `--tenant ${wrong}`);
  const source = openSource(flags.source);
  const options = { files, source, nowMs: Date.now(), ...(flags.tenant !== undefined && { tenant: flags.tenant }) };
  if (flags.dryRun) {
    report({ dry_run: true, ...(await withBar(options)) }, flags);
    return;
  }
  const dir = openDataDir(flags.data);
  const log = openEventLog(dir);
  const rejectedFile = join(dir.root, 'rejected.jsonl');
  try {
    report({ ...(await withBar({ ...options, log, rejectedFile })), rejected_file: rejectedFile }, flags);
  } finally {
    await log.close();
  }
}

async function withBar(options: ImportOptions): Promise<ImportSummary> {
  const progress = openProgress();
  try {
    return await importEvents({
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
