#!/usr/bin/env node
// Starts the command line on Node 24: the running one, or the one pinned in the lockfile.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
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
