import { compareFacts, compareFactsByKnowledge, factText, foldFacts } from '@tillcast/core/catalogue/facts';
import type { ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import fc from 'fast-check';
import { expect, it } from 'vitest';

type Law = (catalogue: ItemCatalogue, open: () => ItemCatalogue) => Promise<void>;

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const says: fc.Arbitrary<ItemFact['says']> = fc.record(
  {
    price: maybe(fc.constantFrom(0.1, 9.99, 20, 1e12)),
    cost: maybe(fc.constantFrom(0, 5.5)),
    margin: maybe(fc.constantFrom(-0.5, 0.3, 1)),
    currency: maybe(fc.constantFrom('EUR', 'USD')),
    stock: maybe(fc.constantFrom(0, 7)),
    available: maybe(fc.boolean()),
    category: maybe(fc.constantFrom('a.b', 'ä😀', '\u{fffd}')),
    brand: maybe(fc.constantFrom('acme', '\u{fffd}', '😀')),
    title: maybe(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const fact: fc.Arbitrary<ItemFact> = fc.record(
  {
    tenant: fc.constantFrom('default', 'default', 'other'),
    itemId: fc.constantFrom('i1', 'i2', '\u{fffd}', '😀'),
    validFromMs: fc.integer({ min: 0, max: 5 }),
    receivedAtMs: fc.integer({ min: 0, max: 5 }),
    says,
  },
  { noNullPrototype: true },
);
/** Batches drawn from few facts, so that repetitions are common. */
const batchesOfFew = fc
  .array(fact, { minLength: 1, maxLength: 6 })
  .chain((few) => fc.array(fc.array(fc.constantFrom(...few), { maxLength: 5 }), { maxLength: 3 }));
const identity = (one: ItemFact): string => JSON.stringify([one.tenant, one.itemId, one.validFromMs, factText(one)]);
const question = fc.record({ asOfMs: fc.integer({ min: -1, max: 6 }), knownByMs: fc.integer({ min: -1, max: 6 }) });
const price = (validFromMs: number, receivedAtMs: number, value: number | null, itemId = 'i1'): ItemFact => ({
  ...{ tenant: 'default', itemId, validFromMs, receivedAtMs, says: { price: value } },
});

async function readFacts(catalogue: ItemCatalogue, tenant = 'default', receivedFromMs?: number): Promise<ItemFact[]> {
  const all: ItemFact[] = [];
  for await (const page of catalogue.read({ tenant, batch: 2, ...(receivedFromMs === undefined ? {} : { receivedFromMs }) }))
    all.push(...page);
  return all;
}

async function fresh<T>(open: () => ItemCatalogue, use: (catalogue: ItemCatalogue) => Promise<T>): Promise<T> {
  const catalogue = open();
  try {
    return await use(catalogue);
  } finally {
    await catalogue.close();
  }
}

/** The sentences of the port `ItemCatalogue`. Plain functions, so that a planted fault can be shown to break them. */
export const itemCatalogueLaws: Readonly<Record<string, Law>> = {
  'is a set of facts, read in the order in which they became known': async (_catalogue, open) => {
    await fc.assert(
      fc.asyncProperty(batchesOfFew, (batches) =>
        fresh(open, async (catalogue) => {
          const model = new Map<string, ItemFact>();
          for (const batch of batches) {
            const acceptedIndexes: number[] = [];
            for (const [index, one] of batch.entries()) {
              if (model.has(identity(one))) continue;
              model.set(identity(one), one);
              acceptedIndexes.push(index);
            }
            const accepted = acceptedIndexes.length;
            expect(await catalogue.append(batch)).toEqual({ accepted, duplicate: batch.length - accepted, acceptedIndexes });
          }
          for (const tenant of ['default', 'other']) {
            const theirs = [...model.values()].filter((one) => one.tenant === tenant);
            expect(await readFacts(catalogue, tenant)).toEqual(theirs.toSorted(compareFactsByKnowledge));
            expect(await catalogue.count(tenant)).toBe(theirs.length);
            const later = theirs.filter(({ receivedAtMs }) => receivedAtMs >= 3);
            expect(await readFacts(catalogue, tenant, 3)).toEqual(later.toSorted(compareFactsByKnowledge));
          }
          expect(await catalogue.count()).toBe(model.size);
        }),
      ),
      { numRuns: 30 },
    );
  },

  'answers what the newest facts say that hold and are known': async (_catalogue, open) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fact, { selector: identity, maxLength: 12 }),
        fc.array(question, { minLength: 1 }),
        (facts, questions) =>
          fresh(open, async (catalogue) => {
            await catalogue.append(facts);
            for (const { asOfMs, knownByMs } of questions) {
              const heard = facts.filter((one) => one.tenant === 'default' && one.itemId === 'i1');
              const known = heard.filter((one) => one.validFromMs <= asOfMs && one.receivedAtMs <= knownByMs);
              expect(await catalogue.at('default', 'i1', { asOfMs, knownByMs })).toEqual(foldFacts(known.sort(compareFacts)));
            }
          }),
      ),
      { numRuns: 12 },
    );
  },

  'no fact that holds later, or was told later, changes an answer': async (_catalogue, open) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fact, { maxLength: 8 }), fc.array(fact, { maxLength: 8 }), question, (facts, more, asked) =>
        fresh(open, async (catalogue) => {
          await catalogue.append(facts);
          const before = await catalogue.at('default', 'i1', asked);
          await catalogue.append(more.filter((one) => one.validFromMs > asked.asOfMs || one.receivedAtMs > asked.knownByMs));
          expect(await catalogue.at('default', 'i1', asked)).toEqual(before);
        }),
      ),
      { numRuns: 40 },
    );
  },

  'a price announced ahead holds from its moment on, and one corrected later is told from then on': async (catalogue) => {
    await catalogue.append([price(10, 1, 100), price(20, 2, 80)]);
    await catalogue.append([price(10, 30, 90)]);
    const at = async (asOfMs: number, knownByMs: number) => (await catalogue.at('default', 'i1', { asOfMs, knownByMs }))?.price;
    expect([await at(9, 50), await at(10, 0), await at(10, 1), await at(19, 29), await at(19, 30), await at(20, 30)]).toEqual([
      ...[undefined, undefined, 100, 100, 90, 80],
    ]);
  },

  'null takes back what was said, and nothing else': async (catalogue) => {
    await catalogue.append([{ ...price(1, 1, 5), says: { price: 5, brand: 'acme' } }, price(2, 2, null)]);
    expect(await catalogue.at('default', 'i1', { asOfMs: 2, knownByMs: 2 })).toEqual({ brand: 'acme' });
    expect(await catalogue.at('default', 'i2', { asOfMs: 2, knownByMs: 2 })).toBeUndefined();
  },

  'the order of arrival changes no answer': async (_catalogue, open) => {
    const permuted = fc
      .uniqueArray(fact, { selector: identity, maxLength: 8 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    await fc.assert(
      fc.asyncProperty(permuted, question, ([straight, shuffled], asked) =>
        fresh(open, (one) =>
          fresh(open, async (two) => {
            await one.append(straight);
            for (const each of shuffled) await two.append([each]);
            expect(await two.at('default', 'i1', asked)).toEqual(await one.at('default', 'i1', asked));
            expect(await readFacts(two)).toEqual(await readFacts(one));
          }),
        ),
      ),
      { numRuns: 12 },
    );
  },

  'goes on taking facts while someone reads, and gives copies': async (catalogue) => {
    await catalogue.append([price(1, 1, 1), price(2, 2, 2)]);
    for await (const page of catalogue.read({ batch: 1 })) {
      Object.assign(page[0]!.says, { price: 99 });
      await catalogue.append([price(3, 3, 3)]);
    }
    expect(await catalogue.count()).toBe(3);
    expect((await readFacts(catalogue)).map((one) => one.says.price)).toEqual([1, 2, 3]);
  },

  'refuses every call after close': async (catalogue) => {
    await catalogue.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(catalogue.append([price(1, 1, 1)])).rejects.toEqual(refusal);
    await expect(catalogue.at('default', 'i1', { asOfMs: 1, knownByMs: 1 })).rejects.toEqual(refusal);
    await expect(catalogue.count()).rejects.toEqual(refusal);
    await expect(readFacts(catalogue)).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `ItemCatalogue`, as tests; every store runs them. */
export function itemCatalogueContract(open: () => ItemCatalogue): void {
  it.each(Object.keys(itemCatalogueLaws))('%s', async (name) => {
    await fresh(open, (catalogue) => itemCatalogueLaws[name]!(catalogue, open));
  });
}
