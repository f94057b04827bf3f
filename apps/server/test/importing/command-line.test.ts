import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const root = fileURLToPath(new URL('../../../../', import.meta.url));

const tillcast = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'apps/server/bin/tillcast.mjs'), ...args], { cwd: root, encoding: 'utf8' });

describe('tillcast import, events export', () => {
  it('prints one line of JSON, keeps the rejected rows, and gives back what is stored', () => {
    const data = join(folder, 'data');
    const first = tillcast('import', 'fixtures/events/ga4.jsonl', '--source', 'ga4', '--data', data, '--json');
    expect(first.stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(first.stdout)).toMatchObject({
      accepted: 2,
      duplicate: 0,
      rejected: 2,
      errors: [{ index: 1 }, { index: 3 }],
    });
    expect(readFileSync(join(data, 'rejected.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(2);
    const out = join(folder, 'x.jsonl');
    expect(JSON.parse(tillcast('events', 'export', '--out', out, '--data', data, '--json').stdout)).toEqual({ events: 2, out });
    expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(2);
  });

  it('ends with 2 and a sentence where the input is wrong, and prints no result', () => {
    const absent = tillcast('import', join(folder, 'absent.csv'), '--source', 'rees46', '--data', join(folder, 'none'), '--json');
    expect([absent.status, absent.stdout]).toEqual([2, '']);
    expect(absent.stderr).toMatch(/absent\.csv: there is no such file \[FILE_NOT_READABLE\]/);
    const nowhere = tillcast('events', 'export', '--out', join(folder, 'y.jsonl'), '--data', join(folder, 'nowhere'));
    expect(nowhere.status).toBe(2);
    expect(existsSync(join(folder, 'y.jsonl'))).toBe(false);
  });
});
