import { type BoundedMap, boundedMap } from '../features/bounded-map.ts';
import type { FactQuestion, ItemFact, ItemFacts } from '../ports/item-catalogue.ts';
import { compareFacts, foldFacts, holds } from './facts.ts';

/** Facts of one item that are remembered one by one; older ones are told as one. */
const maxFacts = 64;

/** The catalogue as far as it is known by now, for questions about now: what online answers and replays ask, as fast as they ask. */
export interface CatalogueView {
  /** Facts are handed over as they become known; one that was handed over before changes nothing. */
  learn(fact: ItemFact): void;
  /** As `ItemCatalogue.at`, of what was learnt so far. */
  at(tenant: string, itemId: string, question: FactQuestion): ItemFacts | undefined;
  readonly items: number;
}

/** Opens an empty view of at most `maxItems` items; those unheard of for longest are forgotten first. */
export function openCatalogueView(maxItems = 500_000): CatalogueView {
  const known: BoundedMap<ItemFact[]> = boundedMap(maxItems);
  const keyOf = (tenant: string, itemId: string): string => `${tenant}\u001f${itemId}`;
  return {
    learn(fact) {
      const key = keyOf(fact.tenant, fact.itemId);
      const facts = known.get(key) ?? known.set(key, []);
      let at = facts.length;
      while (at > 0 && compareFacts(fact, facts[at - 1]!) < 0) at--;
      if (at > 0 && compareFacts(fact, facts[at - 1]!) === 0) return;
      facts.splice(at, 0, fact);
      if (facts.length > maxFacts) facts.splice(0, 2, asOne(facts[0]!, facts[1]!));
    },
    at(tenant, itemId, question) {
      const facts = known.get(keyOf(tenant, itemId));
      return facts === undefined ? undefined : foldFacts(facts.filter((fact) => holds(fact, question)));
    },
    get items() {
      return known.size;
    },
  };
}

/** Two facts, the second newer, as one: what both say from the second on. */
const asOne = (older: ItemFact, newer: ItemFact): ItemFact => ({
  ...newer,
  receivedAtMs: Math.max(older.receivedAtMs, newer.receivedAtMs),
  says: { ...older.says, ...newer.says },
});
