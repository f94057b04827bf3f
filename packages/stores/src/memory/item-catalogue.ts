import { compareFacts, compareFactsByKnowledge, factText, foldFacts, holds } from '@tillcast/core/catalogue/facts';
import type { ItemCatalogue, ItemFact } from '@tillcast/core/ports/item-catalogue';
import { closedError } from '../item-catalogue/closed.ts';

const keyOf = (fact: ItemFact): string => JSON.stringify([fact.tenant, fact.itemId, fact.validFromMs, factText(fact)]);
const ownCopy = (fact: ItemFact): ItemFact => ({ ...fact, says: { ...fact.says } });

/** Keeps a catalogue in this process: for tests, and for trying things out. Nothing outlives the process. */
export function memoryItemCatalogue(): ItemCatalogue {
  const facts = new Map<string, ItemFact>();
  let closed = false;

  const check = (): void => {
    if (closed) throw closedError();
  };
  const of = (tenant: string | undefined): ItemFact[] =>
    [...facts.values()].filter((fact) => tenant === undefined || fact.tenant === tenant);

  return {
    durable: false,
    async append(given) {
      check();
      const acceptedIndexes: number[] = [];
      for (const [index, fact] of given.entries()) {
        if (facts.has(keyOf(fact))) continue;
        facts.set(keyOf(fact), ownCopy(fact));
        acceptedIndexes.push(index);
      }
      return { accepted: acceptedIndexes.length, duplicate: given.length - acceptedIndexes.length, acceptedIndexes };
    },
    async at(tenant, itemId, question) {
      check();
      const theirs = of(tenant).filter((fact) => fact.itemId === itemId && holds(fact, question));
      return foldFacts(theirs.sort(compareFacts));
    },
    async *read({ tenant = 'default', batch = 8_192, receivedFromMs = Number.NEGATIVE_INFINITY } = {}) {
      check();
      const all = of(tenant)
        .filter((fact) => fact.receivedAtMs >= receivedFromMs)
        .sort(compareFactsByKnowledge);
      for (let start = 0; start < all.length; start += batch) {
        check();
        yield all.slice(start, start + batch).map(ownCopy);
      }
    },
    async count(tenant) {
      check();
      return of(tenant).length;
    },
    async close() {
      closed = true;
    },
  };
}
