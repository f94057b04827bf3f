import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { once } from '../trees/once.ts';
import { run } from '../trees/run.ts';
import { say } from './say.ts';
import { pythonFolder } from './settings.ts';

const here = import.meta.dirname;
const trainer = join(here, '..', '..', 'trainer', '.venv');
const scripts = process.platform === 'win32' ? 'Scripts' : 'bin';

/** Puts the peer's Python packages, from the hashed lock, into a folder of their own; a second time they are found there. Undefined: they do not install here. */
export function installPython(): string | undefined {
  const base = join(trainer, scripts, 'python');
  const python = join(pythonFolder, scripts, 'python');
  const lock = join(here, 'requirements.lock');
  if (!existsSync(base)) return undefined;
  const isThere = once(join(pythonFolder, '.stamp'), [lock], base, () => {
    say('installing FastAPI and the libraries …');
    rmSync(pythonFolder, { recursive: true, force: true });
    const hashed = ['--quiet', '--require-hashes', '-r', lock];
    return (
      run(base, ['-m', 'venv', pythonFolder]) &&
      (run(join(trainer, 'tools', scripts, 'uv'), ['pip', 'install', '--python', python, ...hashed]) ||
        run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', ...hashed]))
    );
  });
  return isThere ? python : undefined;
}
