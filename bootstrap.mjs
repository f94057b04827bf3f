// Installs what Tillcast needs, once: the npm packages (with the pinned Node) and the trainer's Python environment.
// Plain JavaScript without a dependency, runnable on Node 18+. A second run finds the stamps and does nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const windows = process.platform === 'win32';
const say = (text) => process.stderr.write(`tillcast: ${text}\n`);

const stop = (text) => {
  say(text);
  process.exit(1);
};

const run = (command, args, options = {}) => {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: windows, ...options });
  return result.status === 0;
};

const answers = (command, args) => {
  const result = spawnSync(command, args, { encoding: 'utf8', shell: windows });
  return result.status === 0 ? result.stdout.trim() : undefined;
};

/** Does `work` unless the files named in `inputs` are as they were when it last succeeded. */
const once = (stamp, inputs, work) => {
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(readFileSync(join(root, file)));
  hash.update(`${process.platform} ${process.arch}`);
  const digest = hash.digest('hex');
  const file = join(root, stamp);
  if (existsSync(file) && readFileSync(file, 'utf8') === digest) return;
  rmSync(file, { force: true });
  work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, digest);
};

const node24 = () => {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const pinned = join(
    root,
    'node_modules',
    `node-${windows ? 'win' : process.platform}-${process.arch}`,
    'bin',
    windows ? 'node.exe' : 'node',
  );
  if (existsSync(pinned)) return pinned;
  return stop(
    `Node 24 or newer is needed; this is ${process.version}, and no pinned Node is published for ${process.platform}-${process.arch}. Install Node 24 from your system's packages and try again.`,
  );
};

const installPackages = () => {
  say('installing the npm packages and the pinned Node …');
  if (!run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']))
    stop('npm ci failed; its messages are above.');
};

const findPython = () => {
  const found = ['python3.13', 'python3.12', 'python3.11', 'python3', 'python'].find(
    (name) => answers(name, ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)']) !== undefined,
  );
  return (
    found ??
    stop(
      'Python 3.11 or newer with venv is needed to train models (Debian: apt-get install python3 python3-venv), and none was found.',
    )
  );
};

const scripts = windows ? 'Scripts' : 'bin';
const venv = join(root, 'trainer', '.venv');
const tools = join(venv, 'tools');

/** uv comes from PyPI into a small environment of its own; it installs the rest in seconds. */
const installUv = (python) =>
  run(python, ['-m', 'venv', tools]) &&
  run(join(tools, scripts, 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '-r',
    'trainer/requirements-uv.lock',
  ]);

const installLock = (lock) => {
  const python = join(venv, scripts, 'python');
  if (run(join(tools, scripts, 'uv'), ['pip', 'install', '--quiet', '--python', python, '--require-hashes', '-r', lock])) return;
  say('uv could not install it; trying pip …');
  if (!run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', lock]))
    stop(`neither uv nor pip could install ${lock}; their messages are above.`);
};

const installTrainer = () => {
  const python = findPython();
  say('installing the trainer (CatBoost, XGBoost, LightGBM, scikit-learn, Optuna) …');
  rmSync(venv, { recursive: true, force: true });
  if (!run(python, ['-m', 'venv', venv])) stop(`${python} could not make trainer/.venv; its messages are above.`);
  installUv(python);
  installLock('trainer/requirements.lock');
};

const installTestTools = () => {
  say('installing what the tests of the trainer need …');
  installLock('trainer/requirements-dev.lock');
};

once('node_modules/.tillcast-stamp', ['package-lock.json'], installPackages);
node24();
once('trainer/.venv/.tillcast-stamp', ['trainer/requirements.lock', 'trainer/requirements-uv.lock'], installTrainer);
if (process.argv.includes('--dev'))
  once('trainer/.venv/.tillcast-dev-stamp', ['trainer/requirements.lock', 'trainer/requirements-dev.lock'], installTestTools);
