import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DiskCall, parseTrace } from './trace.ts';

const pinned = join(import.meta.dirname, '../../../packages/trees/kernel/.venv/bin/python');
/** The pinned clang of the tree kernel, or whatever compiler is there. */
const compilers: readonly (readonly string[])[] = [[pinned, '-m', 'ziglang', 'cc'], ['cc']];

/** Memory, where there is such a folder: an image is looked at once. */
export const scratchFolder = (name: string): string =>
  realpathSync(mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `tillcast-${name}-`)));

/** Compiles the library that records and fails calls; undefined where this cannot be done. */
export function compileShim(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const library = join(folder, 'disk-shim.so');
  const flags = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', library];
  const isDone = ([command, ...args]: readonly string[]): boolean =>
    spawnSync(command!, [...args, ...flags, join(import.meta.dirname, 'disk-shim.c')], { stdio: ['ignore', 'ignore', 'inherit'] })
      .status === 0;
  return compilers.filter(([command]) => command === 'cc' || existsSync(command!)).some(isDone) ? library : undefined;
}

/** What a recorded process did below its folder, and how it ended. */
export interface Recorded {
  readonly root: string;
  readonly calls: readonly DiskCall[];
  readonly code: number | null;
}

/** Runs a script with the library preloaded; its first argument is a new folder, in which everything it does is recorded. */
export function runRecorded(library: string, folder: string, script: string, args: readonly string[]): Promise<Recorded> {
  const place = mkdtempSync(join(folder, 'run-'));
  const root = join(place, 'root');
  mkdirSync(root);
  const trace = join(place, 'trace');
  const env = { ...process.env, LD_PRELOAD: library, TILLCAST_DISK_ROOT: root, TILLCAST_DISK_TRACE: trace };
  const child = spawn(process.execPath, [script, root, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ root, calls: parseTrace(readFileSync(trace)), code }));
  });
}
