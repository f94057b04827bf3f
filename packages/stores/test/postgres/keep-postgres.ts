// Starts the test run's PostgreSQL, says where it is, and ends it when its folder is gone: at the end of the run, by whatever end.
// argv: the folder; the id of the test run's process stands in its file "run".
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type TestPostgres } from './start-postgres.ts';

const folder = process.argv[2]!;
const run = Number(readFileSync(join(folder, 'run'), 'utf8'));

const isRunning = (): boolean => {
  try {
    return existsSync(folder) && process.kill(run, 0);
  } catch {
    return false;
  }
};

function tell(file: string, text: string): void {
  writeFileSync(join(folder, `${file}.draft`), text);
  renameSync(join(folder, `${file}.draft`), join(folder, file));
}

let server: TestPostgres | undefined;
try {
  server = await startPostgres();
  tell('address', server.url());
  while (isRunning()) await new Promise((resolve) => setTimeout(resolve, 100));
} catch (error) {
  if (existsSync(folder)) tell('failed', String(error));
} finally {
  await server?.stop();
}
