import { existsSync } from 'node:fs';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Command } from 'commander';
import server from '../../package.json' with { type: 'json' };
import { makeBackup } from '../backup/make-backup.ts';
import { secretFiles } from '../backup/plan.ts';
import { copyEmbedded, databasePart } from '../compose.ts';

import { openDataDir } from './data-dir.ts';
import { openProgress, printJson, say } from './output.ts';

interface Flags {
  readonly data: string;
  readonly settings: string;
  readonly secrets: boolean;
  readonly json?: boolean;
}

async function run(out: string, flags: Flags): Promise<void> {
  if (!existsSync(flags.data)) throw new TillcastError('OPTION_INVALID', `--data: there is no data directory ${flags.data}`);
  const { root } = openDataDir(flags.data);
  const progress = openProgress();
  const manifest = await makeBackup({
    ...{ root, out, release: server.version, secrets: flags.secrets, copyDatabase: copyEmbedded, now: Date.now },
    database: await databasePart(process.env),
    settings: existsSync(flags.settings) ? flags.settings : undefined,
    onPart: (path) => progress.update(`backing up ${path}`),
  }).finally(() => progress.close());
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  say(
    `${out}: ${manifest.files.length} files, ${(bytes / 1e6).toFixed(1)} MB; everything acknowledged before ${manifest.mark} is in it`,
  );
  if (manifest.files.some(({ path }) => secretFiles.has(path.replace('data/', ''))))
    say('it holds private keys: keep it as you keep those');
  if (manifest.database !== null)
    say(
      'events, predictions and the like are in PostgreSQL: back that up with pg_dump or its write-ahead log (docs/guides/backup.md)',
    );
  for (const { path, why } of manifest.left_out) say(`  left out: ${path} (${why})`);
  if (flags.json === true) printJson({ out, bytes, ...manifest, files: manifest.files.length });
}

/** `tillcast backup OUT`: a consistent copy of a data directory, while a server writes to it. */
export const registerBackup = (program: Command): void =>
  void program
    .command('backup')
    .description('Back up a data directory, while a server writes to it, into a new folder or a .tar file.')
    .argument('<out>', 'a folder that is not there yet, or a file that ends in .tar')
    .option('--data <dir>', 'data directory', '.tillcast')
    .option('--settings <file>', 'file of settings to take along, where there is one', 'tillcast.yaml')
    .option('--no-secrets', 'leave the private keys out; a restored server makes new ones')
    .option('--json', 'one line of JSON on stdout')
    .action(run);
