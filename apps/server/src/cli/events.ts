import { existsSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { openEventLog } from '../compose.ts';
import { exportEvents } from '../jobs/export-events.ts';
import { openDataDir } from './data-dir.ts';
import { bar, openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly out: string;
  readonly data: string;
  readonly tenant?: string;
  readonly json?: true;
}

/** `tillcast events export` */
export function registerEvents(program: Command): void {
  program
    .command('events')
    .description('Work with the stored events.')
    .command('export')
    .description('Write the stored events to a file; `import` takes JSON lines and Parquet back unchanged.')
    .requiredOption(
      '--out <file>',
      'where to: a name ending in .jsonl, .parquet, or .csv (for spreadsheets, one line item a row)',
    )
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--tenant <name>', 'whose events')
    .option('--json', 'print the result as one line of JSON')
    .action(runExport);
}

async function runExport(flags: Flags): Promise<void> {
  if (!existsSync(flags.data)) throw new TillcastError('OPTION_INVALID', `--data ${flags.data}: there is no such data directory`);
  const log = openEventLog(openDataDir(flags.data));
  const progress = openProgress();
  try {
    const result = await exportEvents({
      log,
      out: flags.out,
      ...(flags.tenant !== undefined && { tenant: flags.tenant }),
      onProgress: (share, events) => progress.update(`${bar(share)}  ${events.toLocaleString('en')} events`),
    });
    progress.close();
    say(`${result.events} events written to ${result.out}`);
    if (flags.json) printJson(result);
  } finally {
    progress.close();
    await log.close();
  }
}
