import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import type { ErasuresApplied } from '../backup/apply-erasures.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { eraseAgain } from '../backup/staged-erasures.ts';
import { embeddedSchema } from '../compose.ts';
import { readDatabaseUrl } from '../database-url.ts';
import { openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly data: string;
  readonly suppressions?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

async function run(from: string, flags: Flags): Promise<void> {
  const { dryRun = false, data: root } = flags;
  const progress = openProgress();
  let erased: ErasuresApplied | undefined;
  const manifest = await restoreBackup({
    ...{ from, root, dryRun, knownSchema: embeddedSchema },
    finish: async (staged, { database }) => {
      assertSameKind(database !== null);
      erased = await eraseAgain(staged, flags.suppressions, process.env);
    },
    onFile: (doing, path) => progress.update(`${doing} ${path}`),
  }).finally(() => progress.close());
  const { files, mark, tillcast, database } = manifest;
  say(
    `${from}: ${files.length} files, all as they were written by Tillcast ${tillcast}; holds what was acknowledged before ${mark}`,
  );
  if (dryRun) say('nothing was written');
  else say(`restored into ${root}`);
  if (erased !== undefined && erased.shoppers + erased.predictions + erased.dead_letters > 0)
    say(
      `erased again: ${erased.events} events, ${erased.predictions} predictions, ${erased.dead_letters} dead letters of ${erased.shoppers} shoppers`,
    );
  if (!manifest.secrets) say('the private keys are not in it: new ones are made, and tokens must be made anew');
  if (files.some(({ path }) => path === 'settings/tillcast.yaml'))
    say(`its settings lie in ${join(root, 'tillcast.yaml')}: put them where tillcast serve is started`);
  if (database !== null) say('events, predictions and the like are in PostgreSQL: erased people were erased there');
  if (flags.json === true)
    printJson({
      from,
      data: root,
      ...(dryRun ? { dry_run: true } : {}),
      mark,
      files: files.length,
      ...(erased ? { erased } : {}),
    });
}

/** A backup of files is restored where files are used, one beside PostgreSQL where PostgreSQL is: else data would be there that nobody looks at. */
function assertSameKind(isInDatabase: boolean): void {
  if (isInDatabase === (readDatabaseUrl(process.env) !== undefined)) return;
  throw new TillcastError(
    'OPTION_INVALID',
    isInDatabase
      ? 'its events are in PostgreSQL: restore that first, then set DATABASE_URL and run this again (docs/guides/backup.md)'
      : 'it holds events in files, but DATABASE_URL names PostgreSQL: unset DATABASE_URL',
  );
}

/** `tillcast restore FROM`: a verified backup, put into an empty data directory. */
export const registerRestore = (program: Command): void =>
  void program
    .command('restore')
    .description('Verify a backup and put it into an empty data directory; people who were erased stay erased.')
    .argument('<from>', 'a backup: a folder or a .tar file')
    .option('--data <dir>', 'data directory, absent or empty', '.tillcast')
    .option('--suppressions <file>', 'a newer suppressions.db: whoever it lists is erased from what is restored')
    .option('--dry-run', 'only verify the backup')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
