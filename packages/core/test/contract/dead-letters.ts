import type { DeadLetter, DeadLetters, LetterBounds } from '@tillcast/core/ports/dead-letters';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** Opens fresh letters within bounds. */
export type OpenLetters = (bounds?: LetterBounds) => DeadLetters;
type Law = (letters: DeadLetters, open: OpenLetters) => Promise<void>;

const letter = (letterId: string, over: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{
    tenant: 'default',
    letterId,
    source: 'stream',
    reason: 'INPUT_INVALID',
    problem: 'has no event',
    body: '{}',
    receivedAtMs: 1,
  },
  ...over,
});

/** All that is read, in pages of two. */
export async function readLetters(letters: DeadLetters, tenant?: string): Promise<DeadLetter[]> {
  const all: DeadLetter[] = [];
  for await (const page of letters.read({ batch: 2, ...(tenant === undefined ? {} : { tenant }) })) all.push(...page);
  return all;
}

const anyLetter: fc.Arbitrary<DeadLetter> = fc.record(
  {
    tenant: fc.constantFrom('default', 'default', 'other'),
    letterId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    source: fc.constantFrom('stream' as const, 'webhook' as const, 'features' as const),
    reason: fc.constantFrom('INPUT_INVALID', 'EVENT_CONFLICT'),
    problem: fc.string({ unit: 'grapheme', maxLength: 20 }),
    body: fc.string({ unit: 'grapheme', maxLength: 20 }),
    receivedAtMs: fc.integer({ min: 0, max: 3 }),
  },
  { noNullPrototype: true },
);
const keyOf = ({ tenant, letterId }: DeadLetter): string => `${tenant}/${letterId}`;

/** The sentences of the port `DeadLetters`. */
export const deadLetterLaws: Readonly<Record<string, Law>> = {
  'is a set by (tenant, letter id), read oldest first, then as put': async (_letters, open) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyLetter, { maxLength: 5 }), { maxLength: 4 }), async (batches) => {
        const fresh = open();
        const model = new Map<string, DeadLetter>();
        try {
          for (const batch of batches) {
            const before = model.size;
            for (const one of batch) if (!model.has(keyOf(one))) model.set(keyOf(one), one);
            const kept = model.size - before;
            expect(await fresh.put(batch)).toEqual({ kept, known: batch.length - kept, dropped: 0 });
          }
          const expected = [...model.values()].sort((a, b) => a.receivedAtMs - b.receivedAtMs);
          expect(await readLetters(fresh)).toEqual(expected);
          expect(await readLetters(fresh, 'other')).toEqual(expected.filter(({ tenant }) => tenant === 'other'));
          expect(await fresh.count()).toBe(expected.length);
          expect(await fresh.count('other')).toBe(expected.filter(({ tenant }) => tenant === 'other').length);
        } finally {
          await fresh.close();
        }
      }),
      { numRuns: 60 },
    );
  },

  'takes off what is resolved, of that tenant alone, and counts it once': async (letters) => {
    await letters.put([letter('a'), letter('b'), letter('a', { tenant: 'other' })]);
    expect(await letters.resolve('default', ['a', 'nobody'])).toBe(1);
    expect(await letters.resolve('default', ['a'])).toBe(0);
    expect((await readLetters(letters)).map(keyOf)).toEqual(['default/b', 'other/a']);
    expect(await letters.put([letter('a')])).toMatchObject({ kept: 1 });
  },

  'drops the oldest when there are too many, and says how many': async (_letters, open) => {
    const few = open({ maxLetters: 2 });
    try {
      expect(await few.put([letter('a', { receivedAtMs: 2 }), letter('b', { receivedAtMs: 3 })])).toMatchObject({ dropped: 0 });
      expect(await few.put([letter('c', { receivedAtMs: 1 }), letter('d', { receivedAtMs: 4 })])).toMatchObject({ dropped: 2 });
      expect((await readLetters(few)).map(({ letterId }) => letterId)).toEqual(['b', 'd']);
    } finally {
      await few.close();
    }
  },

  'and when their bodies are too long together': async (_letters, open) => {
    const small = open({ maxCharacters: 10 });
    try {
      expect(await small.put([letter('a', { body: 'x'.repeat(6) }), letter('b', { body: 'x'.repeat(4) })])).toMatchObject({
        dropped: 0,
      });
      expect(await small.put([letter('c', { body: 'x' })])).toMatchObject({ kept: 1, dropped: 1 });
      expect((await readLetters(small)).map(({ letterId }) => letterId)).toEqual(['b', 'c']);
    } finally {
      await small.close();
    }
  },

  'goes on when letters are put and resolved while someone reads': async (letters) => {
    await letters.put(['a', 'b', 'c', 'd'].map((id) => letter(id)));
    const seen: string[] = [];
    for await (const page of letters.read({ batch: 1 })) {
      seen.push(...page.map(({ letterId }) => letterId));
      await letters.resolve('default', [seen.at(-1)!]);
      if (seen.length === 1) await letters.put([letter('late', { receivedAtMs: 9 })]);
    }
    expect(seen.slice(0, 4)).toEqual(['a', 'b', 'c', 'd']);
  },

  'erases the letters that mention an id, however it is escaped, and no others': async (letters) => {
    const bodies = [
      '{"user_id":"ana"}',
      '{"user_id":"\\u0061na"}',
      '{"user_id":"anab"}',
      '{"user_id":"ana',
      'ana',
      '{"x":["ana"]}',
    ];
    await letters.put(bodies.map((body, index) => letter(`l${index}`, { body })));
    await letters.put([letter('theirs', { tenant: 'other', body: '{"user_id":"ana"}' })]);
    expect(await letters.erase('default', ['ana', 'device'])).toBe(3);
    expect(await letters.erase('default', ['ana', 'device'])).toBe(0);
    expect((await readLetters(letters)).map(({ letterId }) => letterId)).toEqual(['l2', 'l3', 'l4', 'theirs']);
  },

  'refuses every call after close': async (letters) => {
    await letters.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(letters.put([letter('a')])).rejects.toEqual(refusal);
    await expect(letters.count()).rejects.toEqual(refusal);
    await expect(letters.resolve('default', ['a'])).rejects.toEqual(refusal);
    await expect(letters.erase('default', ['a'])).rejects.toEqual(refusal);
    await expect(readLetters(letters)).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `DeadLetters`, as tests; every store runs them. */
export function deadLetterContract(open: OpenLetters): void {
  it.each(Object.keys(deadLetterLaws))('%s', async (name) => {
    const letters = open();
    try {
      await deadLetterLaws[name]!(letters, open);
    } finally {
      await letters.close();
    }
  });
}
