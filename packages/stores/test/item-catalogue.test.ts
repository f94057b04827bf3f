import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { sqliteItemCatalogue } from '@tillcast/stores/sqlite/item-catalogue';
import { afterAll, describe, expect, it } from 'vitest';
import { itemCatalogueContract, itemCatalogueLaws } from '../../core/test/contract/item-catalogue.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-catalogue-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

describe('memory item catalogue', () => itemCatalogueContract(memoryItemCatalogue));
describe('sqlite item catalogue', () => {
  itemCatalogueContract(() => sqliteItemCatalogue(join(folder, `${files++}.db`)));

  it('is there after the process', async () => {
    const file = join(folder, `${files++}.db`);
    const fact = { tenant: 'default', itemId: 'i1', validFromMs: 1, receivedAtMs: 2, says: { price: 3, available: false } };
    const first = sqliteItemCatalogue(file);
    await first.append([fact]);
    await first.close();
    const second = sqliteItemCatalogue(file);
    expect(await second.at('default', 'i1', { asOfMs: 1, knownByMs: 2 })).toEqual(fact.says);
    await second.close();
  });
});

const later = Number.MAX_SAFE_INTEGER;
/** Catalogues with one fault each; the laws must find every one of them. */
const faults: Readonly<Record<string, () => ItemCatalogue>> = {
  'knows tomorrow’s price today': () => {
    const catalogue = memoryItemCatalogue();
    return { ...catalogue, at: (tenant, itemId, { knownByMs }) => catalogue.at(tenant, itemId, { asOfMs: later, knownByMs }) };
  },
  'answers with what was told later': () => {
    const catalogue = memoryItemCatalogue();
    return { ...catalogue, at: (tenant, itemId, { asOfMs }) => catalogue.at(tenant, itemId, { asOfMs, knownByMs: later }) };
  },
  'keeps the last that arrived': () => {
    const catalogue = memoryItemCatalogue();
    let arrival = 0;
    return {
      ...catalogue,
      append: (facts) => catalogue.append(facts.map((fact) => ({ ...fact, validFromMs: fact.validFromMs + arrival++ / 1e6 }))),
    };
  },
  'takes a duplicate for news': () => {
    const catalogue = memoryItemCatalogue();
    return {
      ...catalogue,
      append: async (facts) => ({ ...(await catalogue.append(facts)), accepted: facts.length, duplicate: 0 }),
    };
  },
  'forgets what another fact does not repeat': () => {
    const catalogue = memoryItemCatalogue();
    const at: ItemCatalogue['at'] = async (tenant, itemId, { asOfMs, knownByMs }) => {
      let last: Awaited<ReturnType<ItemCatalogue['at']>>;
      for await (const page of catalogue.read({ tenant }))
        for (const fact of page)
          if (fact.itemId === itemId && fact.validFromMs <= asOfMs && fact.receivedAtMs <= knownByMs)
            last = fact.says as typeof last;
      return last;
    };
    return { ...catalogue, at };
  },
  'mixes tenants up': () => {
    const catalogue = memoryItemCatalogue();
    return { ...catalogue, append: (facts) => catalogue.append(facts.map((fact) => ({ ...fact, tenant: 'default' }))) };
  },
  'stays open after close': () => ({ ...memoryItemCatalogue(), close: async () => {} }),
};

describe('the laws of the item catalogue', () => {
  it.each(Object.keys(faults))('catch one that %s', async (name) => {
    const open = faults[name]!;
    const verdicts = await Promise.allSettled(Object.values(itemCatalogueLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
