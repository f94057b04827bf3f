import type { Suppressions } from '@tillcast/core/ports/suppressions';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** Opens a fresh list. */
type Open = () => Suppressions | Promise<Suppressions>;
type Law = (suppressions: Suppressions, open: Open) => Promise<void>;

const sorted = async (suppressions: Suppressions) =>
  [...(await suppressions.all())].sort((a, b) => (a.digest < b.digest ? -1 : 1));

/** The sentences of the port `Suppressions`. */
export const suppressionLaws: Readonly<Record<string, Law>> = {
  'names a shopper the same each time, and differently from any other and in any other store': async (suppressions, open) => {
    const other = await open();
    const names = [
      ['default', 'u:ana'],
      ['default', 'a:ana'],
      ['other', 'u:ana'],
      ['default', 'u:anb'],
    ] as const;
    const digests = names.map(([tenant, shopper]) => suppressions.digestOf(tenant, shopper));
    expect(new Set([...digests, ...names.map(([tenant, shopper]) => other.digestOf(tenant, shopper))]).size).toBe(8);
    expect(names.map(([tenant, shopper]) => suppressions.digestOf(tenant, shopper))).toEqual(digests);
    for (const digest of digests) expect(digest).not.toContain('ana');
    await other.close();
  },

  'keeps the latest moment of each, whatever the order and however often': async (_suppressions, open) => {
    const given = fc.array(
      fc.record({ digest: fc.constantFrom('a', 'b', 'c'), erasedAtMs: fc.nat(5) }, { noNullPrototype: true }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(given, async (list) => {
        const fresh = await open();
        for (const one of list) await fresh.add([one, one]);
        const latest = new Map<string, number>();
        for (const { digest, erasedAtMs } of list) latest.set(digest, Math.max(erasedAtMs, latest.get(digest) ?? 0));
        expect(await sorted(fresh)).toEqual([...latest].sort().map(([digest, erasedAtMs]) => ({ digest, erasedAtMs })));
        await fresh.close();
      }),
      { numRuns: 20 },
    );
  },

  'refuses every call after close': async (suppressions) => {
    await suppressions.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(suppressions.add([])).rejects.toEqual(refusal);
    await expect(suppressions.all()).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `Suppressions`, as tests; every store runs them. */
export function suppressionContract(open: Open): void {
  it.each(Object.keys(suppressionLaws))('%s', async (name) => {
    const suppressions = await open();
    try {
      await suppressionLaws[name]!(suppressions, open);
    } finally {
      await suppressions.close();
    }
  });
}
