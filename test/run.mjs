// `npm test`: every runner in turn, then the sum over all of them alone on the last line.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-test-'));
const sum = { passed: 0, failed: 0, skipped: 0 };
let broken = false;

const runVitest = () => {
  const report = join(scratch, 'vitest.json');
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit' },
  );
  if (!existsSync(report)) return true;
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  sum.passed += counts.numPassedTests;
  sum.failed += counts.numFailedTests;
  sum.skipped += counts.numPendingTests + counts.numTodoTests;
  return status !== 0;
};

const runPytest = () => {
  const python = join('trainer', '.venv', process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
  const { status, stdout } = spawnSync(python, ['-m', 'pytest', '--color=no', 'trainer/tests'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONPATH: join('trainer', 'src'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  process.stdout.write(stdout ?? '');
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(stdout ?? '')?.[1] ?? 0);
  sum.passed += count('passed');
  sum.failed += count('failed') + count('errors?');
  sum.skipped += count('skipped');
  return status !== 0;
};

broken = runVitest() || broken;
if (process.argv.length === 2) broken = runPytest() || broken;
rmSync(scratch, { recursive: true, force: true });
if (broken && sum.failed === 0) sum.failed = 1;
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exit(sum.failed > 0 ? 1 : 0);
