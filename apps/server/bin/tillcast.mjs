#!/usr/bin/env node
// Starts the command line on Node 24: the running one, or the one pinned in the lockfile.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Left alone, V8 lets the young generation of each thread grow to 128 MB on a large machine, a quarter of what a server is promised to take in all
// (docs/adr/0021-bounded-memory.md). The bound can only be set as a process starts; whoever sets one of their own keeps it.
const young = '--max-semi-space-size';
const isServer = process.argv[2] === 'serve';
const isBounded = `${process.execArgv} ${process.env.NODE_OPTIONS}`.includes(young);

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Windows has no such call: there the young generation stays as V8 would have it.
  if (isServer && !isBounded && process.platform !== 'win32')
    process.execve(
      process.execPath,
      [process.execPath, ...process.execArgv, `${young}=8`, ...process.argv.slice(1)],
      // Each thread may make arenas of its own, in which no other finds what it gave back: two are enough for threads that allocate little.
      { MALLOC_ARENA_MAX: '2', ...process.env },
    );
  await import('../src/cli/tillcast.ts');
} else {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  const pinned = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (!existsSync(pinned)) {
    process.stderr.write('tillcast: Node 24 is needed and the pinned one is not installed. Run: node bootstrap.mjs\n');
    process.exit(1);
  }
  // A group of its own, so that Ctrl-C reaches it once, through us, and not twice: a second one means "at once".
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit', detached: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
