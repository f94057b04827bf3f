import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { registerExplain } from '../../src/cli/explain.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...flags: string[]): Promise<unknown> => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerExplain(program);
  return program.parseAsync(['explain', '--data', join(folder, 'data'), ...flags], { from: 'user' });
};
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const request = {
  ...{ user_id: 'ana', session_id: 's1', product_id: 'p1', category_code: 'books', brand: '' },
  ...{ price: 12, hour: 18, day_of_week: 4, is_weekend: 0 },
};

describe('tillcast explain', () => {
  it('says what is wrong with a file, by name', async () => {
    await expect(run('--file', join(folder, 'none.json'))).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });
    await expect(run('--file', file('half.json', '{"user_id":'))).rejects.toThrow(/half\.json: not JSON/);
    await expect(run('--file', file('list.json', '[]'))).rejects.toThrow(/list\.json: must hold one request/);
    await expect(run('--file', file('large.json', ' '.repeat(1_100_000)))).rejects.toThrow(/at most 1048576 bytes/);
    await expect(run('--file', file('bad.json', JSON.stringify({ ...request, price: -1 })))).rejects.toThrow('/request/price');
  });

  it('refuses a reader there is not, and a data directory without a champion', async () => {
    const good = file('good.json', JSON.stringify(request));
    await expect(run('--file', good, '--audience', 'everyone')).rejects.toThrow(/give one of merchandiser, analyst, support/);
    await expect(run('--file', good, '--method', 'magic')).rejects.toThrow(
      '--method is "magic"; give one of path_dependent, interventional',
    );
    await expect(run('--file', good, '--background', 'all')).rejects.toThrow(/give one of training, buyers/);
    await expect(run('--file', good)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(run('--file', file('whole.json', JSON.stringify({ request, lime: false })))).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });
});
