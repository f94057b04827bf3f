// Makes fixtures with the libraries we are compared with: node trainer/oracles/run.mjs NAME, where NAME is a folder beside this file that holds
// requirements.lock (hashed) and make.py. Its environment is made once, beside them; nothing of it is needed to run or test Tillcast.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const names = readdirSync(here, { withFileTypes: true }).filter((entry) => existsSync(join(here, entry.name, 'make.py')));
const name = process.argv[2];
if (!names.some((entry) => entry.name === name)) {
  process.stderr.write(`usage: node trainer/oracles/run.mjs ${names.map((entry) => entry.name).join('|')}\n`);
  process.exit(2);
}
const scripts = process.platform === 'win32' ? 'Scripts' : 'bin';
const trainer = join(here, '..', '.venv');
const folder = join(here, name);
const python = join(folder, '.venv', scripts, 'python');
const lock = join(folder, 'requirements.lock');
const stamp = join(folder, '.venv', 'lock.stamp');

const run = (command, args) => {
  if (spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0) return;
  process.stderr.write(`failed: ${command} ${args.join(' ')}\n`);
  process.exit(1);
};

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== readFileSync(lock, 'utf8')) {
  if (!existsSync(join(trainer, scripts, 'python'))) {
    process.stderr.write('trainer/.venv is missing; run "node bootstrap.mjs --dev" first\n');
    process.exit(1);
  }
  run(join(trainer, scripts, 'python'), ['-m', 'venv', '--clear', join(folder, '.venv')]);
  run(join(trainer, 'tools', scripts, 'uv'), ['pip', 'install', '--quiet', '--python', python, '--require-hashes', '-r', lock]);
  writeFileSync(stamp, readFileSync(lock));
}
run(python, [join(folder, 'make.py')]);
