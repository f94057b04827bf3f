import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findPython } from './parity/trainer.ts';
import { parseWish } from './parity/wish.ts';

const script = fileURLToPath(new URL('parity/run.ts', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
const found = findPython();

describe('npm run parity', () => {
  it.each([
    ['--fresh', '0'],
    ['--fresh', 'many'],
    ['--seed', '-1'],
    ['--seed', '1e3'],
    ['--case', '20'],
    ['--unknown', '1'],
  ])('refuses %s %s and shows its usage', (flag, value) => {
    expect(parseWish([`${flag}=${value}`])).toEqual({ usage: expect.stringMatching(/\nusage: npm run parity/) });
  });

  it('exits with 2 on usage', () => {
    const { status, stderr } = run('--fresh', 'x');
    expect(status).toBe(2);
    expect(stderr).toContain('--fresh is "x"; give a whole number from 1 to 10000');
  });

  it('keeps a seed that is given, and draws one that is not', () => {
    expect(parseWish(['--seed', '7', '--fresh', '3'])).toEqual({ count: 3, seed: 7, only: undefined, keep: false });
    expect(parseWish([])).not.toEqual(parseWish([]));
  });

  it('says what to run where the trainer has no Python', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillcast-trainer-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(findPython(folder)).toEqual({ missing: 'there is no trainer/.venv; run: node bootstrap.mjs --dev' });
    const bin = join(folder, '.venv', process.platform === 'win32' ? 'Scripts' : 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, process.platform === 'win32' ? 'python.exe' : 'python'), '');
    expect(findPython(folder)).toHaveProperty('python');
  });

  it.skipIf('missing' in found)('trains one model of a run, holds every backend to it, and adds up', () => {
    const { status, stdout } = run('--fresh', '2', '--seed', '5', '--case', '1');
    expect(stdout).toMatch(/^seed 5\n01-xgboost-.*, typescript\).*: ok\n01-xgboost-.*, wasm\).*: ok\n/);
    expect(stdout).toMatch(/\nxgboost, wasm: .*\n1 fresh models, 0 failures\n$/);
    expect(status).toBe(0);
  });

  it.skipIf('missing' in found || process.env.TILLCAST_LONG !== '1')('repeats a run by its seed', () => {
    const whole = run('--fresh', '2', '--seed', '5').stdout.split('\n');
    const lines = run('--fresh', '2', '--seed', '5', '--case', '1').stdout.split('\n');
    const told = lines.filter((line) => line.startsWith('01-'));
    expect(told.length).toBeGreaterThan(1);
    expect(whole).toEqual(expect.arrayContaining(told));
  });
});
