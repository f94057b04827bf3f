import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BenchError } from './bench-error.ts';
import { once } from './once.ts';
import { run, say } from './run.ts';

const here = import.meta.dirname;
const trainer = join(here, '..', '..', 'trainer', '.venv');
const scripts = process.platform === 'win32' ? 'Scripts' : 'bin';
const pythonOf = (venv: string): string => join(venv, scripts, 'python');
const uv = join(trainer, 'tools', scripts, 'uv');

/** Where peers are; undefined = it cannot be installed here. */
export interface Peers {
  readonly python: string;
  readonly treelite: boolean;
  readonly quadraturePython: string | undefined;
  readonly onnxruntime: boolean;
}

/** The trainer's own Python and nothing else. */
export const trainerOnly: Peers = { python: pythonOf(trainer), treelite: false, quadraturePython: undefined, onnxruntime: false };

/** Installs all peers into folders of their own, from hashed locks; a second time it finds them there. */
export function installPeers(cache: string): Peers {
  say('installing the peers …');
  const venv = join(cache, 'python', '.venv');
  if (!existsSync(pythonOf(trainer))) throw new BenchError('trainer/.venv is missing; run "node bootstrap.mjs --dev" first');
  const python = pythonOf(venv);
  if (!installLock(venv, pythonOf(trainer), 'requirements.lock', true))
    throw new BenchError('the Python libraries of bench/trees/requirements.lock could not be installed; the messages are above');
  const newer = newerPython();
  const quadrature = join(cache, 'quadrature', '.venv');
  return {
    python,
    treelite: installLock(venv, python, 'requirements-treelite.lock', false),
    quadraturePython:
      newer !== undefined && installLock(quadrature, newer, 'requirements-quadrature.lock', true)
        ? pythonOf(quadrature)
        : undefined,
    onnxruntime: installOnnxRuntime(),
  };
}

/** Puts a lock's packages into a virtual environment, made anew where `fresh`. */
function installLock(venv: string, base: string, lock: string, fresh: boolean): boolean {
  const file = join(here, lock);
  return once(join(venv, `.${lock}.stamp`), [file], base, () => {
    if (fresh) {
      rmSync(venv, { recursive: true, force: true });
      if (!run(base, ['-m', 'venv', venv])) return false;
    }
    const hashed = ['--quiet', '--require-hashes', '-r', file];
    if (run(uv, ['pip', 'install', '--python', pythonOf(venv), ...hashed])) return true;
    return run(pythonOf(venv), ['-m', 'pip', 'install', '--disable-pip-version-check', ...hashed]);
  });
}

/** The binary lies in the package itself, so no install script is needed. */
function installOnnxRuntime(): boolean {
  const cwd = join(here, 'peers');
  return once(join(cwd, 'node_modules', '.tillcast-stamp'), [join(cwd, 'package-lock.json')], '', () =>
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd }),
  );
}

/** A Python of 3.12 or later, on the PATH or among pyenv's. */
function newerPython(): string | undefined {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(pyenv) ? readdirSync(pyenv).map((version) => join(pyenv, version, 'bin', 'python')) : [];
  const isNewer = 'import sys, venv; sys.exit(not ((3, 12) <= sys.version_info[:2] <= (3, 14)))';
  return ['python3.12', 'python3.13', 'python3.14', 'python3', ...installed].find(
    (python) => spawnSync(python, ['-c', isNewer], { stdio: 'ignore' }).status === 0,
  );
}
