import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

const root = join(import.meta.dirname, '..', '..', '..', 'console');

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) =>
      entry.isFile() ? statSync(join(entry.parentPath, entry.name)).mtimeMs : 0,
    ),
  );

/** Builds the console with Vite where it was never built or its sources are newer; about a second. */
export function buildConsole(): void {
  const built = join(root, 'dist', 'index.html');
  if (existsSync(built) && statSync(built).mtimeMs >= newest(join(root, 'src'))) return;
  const vite = join(dirname(createRequire(join(root, 'package.json')).resolve('vite/package.json')), 'bin', 'vite.js');
  const { status, stderr } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new TillcastError('CONSOLE_NOT_BUILT', stderr);
}
