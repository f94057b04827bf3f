import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { sharedFolderVariable } from './global-setup.ts';
import { postgresPrograms } from './start-postgres.ts';

/** Why tests that need PostgreSQL are skipped; undefined: it is installed. */
export const postgresMissing =
  postgresPrograms === undefined ? 'skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)' : undefined;
if (postgresMissing !== undefined) console.warn(postgresMissing);

/** An empty database of the test run's server, which the first that asks starts. */
export async function freshDatabase(name: string): Promise<string> {
  const server = await sharedServer();
  const database = `${name}_${process.pid}_${databases++}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${database}`);
  await client.end();
  return Object.assign(new URL(server), { pathname: `/${database}` }).href;
}
let databases = 0;

/** Address of the one server of this test run. Files run in processes of their own: whoever makes the folder first starts it, the others wait. */
async function sharedServer(): Promise<string> {
  const folder = process.env[sharedFolderVariable];
  if (folder === undefined)
    throw new Error('run these tests by vitest, whose global setup names the folder of the shared server');
  const address = join(folder, 'address');
  if (isFirst(join(folder, 'starting'))) startKeeper(folder);
  const deadline = Date.now() + 60_000;
  while (!existsSync(address)) {
    if (existsSync(join(folder, 'failed'))) throw new Error(readFileSync(join(folder, 'failed'), 'utf8'));
    if (Date.now() > deadline) throw new Error('the shared PostgreSQL did not start within a minute');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return readFileSync(address, 'utf8');
}

function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch {
    return false;
  }
}

// A process of its own, since the file that starts the server is not the last that needs it.
function startKeeper(folder: string): void {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('keep-postgres.ts', import.meta.url)), folder], {
    stdio: 'ignore',
    detached: true,
  });
  keeper.unref();
}
