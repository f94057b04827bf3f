import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import { migrateDatabase } from '../compose.ts';
import { readDatabaseUrl } from '../database-url.ts';
import { printJson, say } from './output.ts';

interface Flags {
  readonly contract?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

type Step = Awaited<ReturnType<typeof migrateDatabase>>['applied'][number];

async function run({ contract = false, dryRun = false, json }: Flags): Promise<void> {
  const url = readDatabaseUrl(process.env);
  if (url === undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      'DATABASE_URL is not set: there is no PostgreSQL to migrate, and the embedded store brings itself forward when it is opened',
    );
  const { applied, outstanding } = await migrateDatabase(url, { contract, dryRun });
  tell(dryRun ? 'would be applied' : 'applied', applied);
  tell('outstanding (tillcast migrate --contract, when no program of the release before is left)', outstanding);
  if (applied.length === 0 && outstanding.length === 0) say('the schema is up to date');
  if (json) printJson({ ...(dryRun ? { dry_run: true } : {}), applied, outstanding });
}

function tell(what: string, steps: readonly Step[]): void {
  for (const { id, name, phase } of steps) say(`step ${id} (${name}, ${phase}): ${what}`);
}

/** `tillcast migrate`: brings the schema of PostgreSQL forward; run it as a job before the new release starts. */
export const registerMigrate = (program: Command): void =>
  void program
    .command('migrate')
    .description('Bring the schema of PostgreSQL (DATABASE_URL) forward; safe to run again when it was cut off.')
    .option('--contract', 'also take away what only the release before used')
    .option('--dry-run', 'tell what would be done')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
