import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import { sqliteSuppressions } from '@tillcast/stores/sqlite/suppressions';
import { afterAll, describe, expect, it } from 'vitest';
import { suppressionContract, suppressionLaws } from '../../core/test/contract/suppressions.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-erased-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

describe('memory suppressions', () => suppressionContract(memorySuppressions));
describe('sqlite suppressions', () => {
  suppressionContract(() => sqliteSuppressions(join(folder, `${files++}.db`)));

  it('know whom they know after the process, and name nobody', async () => {
    const file = join(folder, `${files++}.db`);
    const first = sqliteSuppressions(file);
    const digest = first.digestOf('default', 'u:a-most-unusual-name');
    await first.add([{ digest, erasedAtMs: 7 }]);
    await first.close();
    const second = sqliteSuppressions(file);
    expect(second.digestOf('default', 'u:a-most-unusual-name')).toBe(digest);
    expect(await second.all()).toEqual([{ digest, erasedAtMs: 7 }]);
    await second.close();
    expect(readFileSync(file).includes('unusual')).toBe(false);
  });
});

/** Suppressions with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, () => Suppressions>> = {
  'name shoppers openly': () => ({ ...memorySuppressions(), digestOf: (tenant, shopper) => `${tenant}/${shopper}` }),
  'mix tenants up': () => {
    const suppressions = memorySuppressions();
    return { ...suppressions, digestOf: (_, shopper) => suppressions.digestOf('default', shopper) };
  },
  'keep the first moment': () => {
    const suppressions = memorySuppressions();
    const known = new Set<string>();
    return {
      ...suppressions,
      add: (given) => suppressions.add(given.filter(({ digest }) => !known.has(digest) && known.add(digest))),
    };
  },
  'stay open after close': () => ({ ...memorySuppressions(), close: async () => {} }),
};

describe('the laws of suppressions', () => {
  it.each(Object.keys(faults))('catch ones that %s', async (name) => {
    const open = faults[name]!;
    const verdicts = await Promise.allSettled(Object.values(suppressionLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
