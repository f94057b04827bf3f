import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder where the files of one test run find their PostgreSQL. */
export const sharedFolderVariable = 'TILLCAST_TEST_POSTGRES';

/** Before a test run: a folder for the shared server, which nobody starts before a test needs it. Afterwards: its end. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-postgres-'));
  writeFileSync(join(folder, 'run'), String(process.pid));
  process.env[sharedFolderVariable] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
