import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyFiles, versionOf } from '../../../../packages/stores/test/folder/tiny-bundle.ts';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { registerScore } from '../../src/cli/score.ts';
import { openModelRegistry, writeBundle } from '../../src/compose.ts';
import { question } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-score-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const run = (...flags: string[]): Promise<unknown> => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerScore(program);
  return program.parseAsync(['score', '--data', at('data'), '--threads', '1', ...flags], { from: 'user' });
};
const rowsIn = (name: string) =>
  readFileSync(at(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('tillcast score', () => {
  it('scores a file with the champion, or with a version', async () => {
    const dir = openDataDir(at('data'));
    writeBundle(dir, at('bundle'), tinyFiles(versionOf(1), 'session'));
    const registry = openModelRegistry(dir);
    await registry.add(at('bundle'));
    writeFileSync(at('in.csv'), 'id,events,price\na,1,5\nb,4,\nc,many,1\n');
    await expect(run(at('in.csv'), '--out', at('out.jsonl'), '--target', 'session')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
    await run(at('in.csv'), '--out', at('out.jsonl'), '--target', 'session', '--model', versionOf(1));
    await registry.move({ model: 'session', alias: 'champion', version: versionOf(1), by: 'test', why: 'test' });
    await run(at('in.csv'), '--out', at('again.jsonl'), '--target', 'session');
    expect(readFileSync(at('again.jsonl'), 'utf8')).toBe(readFileSync(at('out.jsonl'), 'utf8'));
    const rows = rowsIn('out.jsonl');
    expect(rows.map(({ id, model_version, problem }) => [id, model_version, problem])).toEqual([
      ['a', versionOf(1), null],
      ['b', versionOf(1), null],
      ['c', null, 'events: "many" is no number'],
    ]);
    // The tiny forest says 0.2 below 3 events and 0.8 above, shrunk by 1 % towards 0.1.
    expect(rows[0]!.purchase_probability).toBeCloseTo(0.99 * 0.2 + 0.01 * 0.1, 12);
    expect(rows[1]!.purchase_probability).toBeCloseTo(0.99 * 0.8 + 0.01 * 0.1, 12);
  });

  it('answers questions as the service would', async () => {
    const asked = [question(), question({ price: -1 })].map((one, index) => JSON.stringify({ id: index, ...one }));
    writeFileSync(at('questions.jsonl'), asked.join('\n'));
    await run(at('questions.jsonl'), '--out', at('answers.jsonl'), '--requests');
    const [good, bad] = rowsIn('answers.jsonl');
    expect(good).toMatchObject({ row: 0, id: '0', problem: null });
    expect(good!.purchase_probability).toBeGreaterThan(0);
    expect(bad).toMatchObject({ row: 1, id: '1', log_odds: null, problem: expect.stringContaining('/price') });
  });

  it('takes the same questions as a table', async () => {
    const one = question({ brand: '' });
    writeFileSync(at('questions.csv'), `${Object.keys(one).join(',')}\n${Object.values(one).join(',')}\n`);
    await run(at('questions.csv'), '--out', at('table.jsonl'), '--requests');
    expect(rowsIn('table.jsonl')[0]).toMatchObject({ problem: null });
  });

  it.each([
    [['--out', 'x.xlsx'], '--out must end in'],
    [['--out', 'x.csv', '--target', 'cart'], '--target is "cart"'],
    [['--out', 'x.csv', '--requests', '--model', 'v1'], '--model does not go with --requests'],
    [['--out', 'x.csv', '--target', 'session'], 'there is no such file'],
  ])('refuses %j', async (flags, says) => {
    await expect(run(at('nothing.csv'), ...flags)).rejects.toThrow(says);
    expect(existsSync(at('x.csv'))).toBe(false);
  });
});
