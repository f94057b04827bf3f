import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { sqliteDeadLetters } from '@tillcast/stores/sqlite/dead-letters';
import { afterAll, describe, expect, it } from 'vitest';
import { deadLetterContract, deadLetterLaws, type OpenLetters, readLetters } from '../../core/test/contract/dead-letters.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-letters-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (): string => join(folder, `${files++}.db`);

describe('memory dead letters', () => deadLetterContract(memoryDeadLetters));
describe('sqlite dead letters', () => {
  deadLetterContract((bounds) => sqliteDeadLetters(file(), bounds));

  it('are there after the process, and leave no trace once erased', async () => {
    const name = file();
    const one = { tenant: 'default', letterId: 'a', source: 'stream', reason: 'x', problem: 'y', receivedAtMs: 1 } as const;
    const first = sqliteDeadLetters(name);
    await first.put([{ ...one, body: '{"user_id":"a-most-unusual-name"}' }]);
    await first.close();
    const second = sqliteDeadLetters(name);
    expect(await readLetters(second)).toHaveLength(1);
    expect(readFileSync(name).includes('a-most-unusual-name')).toBe(true);
    await second.erase('default', ['a-most-unusual-name']);
    expect(readFileSync(name).includes('a-most-unusual-name')).toBe(false);
    expect(readFileSync(`${name}-wal`).includes('a-most-unusual-name')).toBe(false);
    await second.close();
  });
});

/** Letters with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, OpenLetters>> = {
  'keep a letter twice': (bounds) => {
    const letters = memoryDeadLetters(bounds);
    let puts = 0;
    return { ...letters, put: (given) => letters.put(given.map((one) => ({ ...one, letterId: `${one.letterId}-${puts++}` }))) };
  },
  'mix tenants up': (bounds) => {
    const letters = memoryDeadLetters(bounds);
    return {
      ...letters,
      resolve: async (_, ids) => (await letters.resolve('default', ids)) + (await letters.resolve('other', ids)),
    };
  },
  'grow without bounds': () => memoryDeadLetters(),
  'drop in silence': (bounds) => {
    const letters = memoryDeadLetters(bounds);
    return { ...letters, put: async (given) => ({ ...(await letters.put(given)), dropped: 0 }) };
  },
  'erase by a part of a name': (bounds) => {
    const letters = memoryDeadLetters(bounds);
    const erase: DeadLetters['erase'] = async (tenant, ids) => {
      const theirs = (await readLetters(letters, tenant)).filter(({ body }) => ids.some((id) => body.includes(id)));
      return letters.resolve(
        tenant,
        theirs.map(({ letterId }) => letterId),
      );
    };
    return { ...letters, erase };
  },
  'stay open after close': (bounds) => ({ ...memoryDeadLetters(bounds), close: async () => {} }),
};

describe('the laws of dead letters', () => {
  it.each(Object.keys(faults))('catch letters that %s', async (name) => {
    const open = faults[name]!;
    const verdicts = await Promise.allSettled(Object.values(deadLetterLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
