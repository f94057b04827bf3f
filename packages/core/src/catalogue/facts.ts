import { compareCodePoints } from '../events/code-point-order.ts';
import type { FactQuestion, ItemFact, ItemFacts } from '../ports/item-catalogue.ts';

/** The fields of facts, in the order in which they are written. */
export const factFields = ['price', 'cost', 'margin', 'currency', 'stock', 'available', 'category', 'brand', 'title'] as const;

/** What a fact says as text, the same for the same content whatever the order of its fields. */
export const factText = ({ says }: Pick<ItemFact, 'says'>): string =>
  JSON.stringify(
    Object.fromEntries(factFields.filter((field) => says[field] !== undefined).map((field) => [field, says[field]])),
  );

/** The order in which facts of one item overrule each other: `validFromMs`, then `receivedAtMs`, then what they say. Negative: a before b. */
export const compareFacts = (a: ItemFact, b: ItemFact): number =>
  a.validFromMs - b.validFromMs || a.receivedAtMs - b.receivedAtMs || compareCodePoints(factText(a), factText(b));

/** The order in which facts become known. */
export const compareFactsByKnowledge = (a: ItemFact, b: ItemFact): number =>
  a.receivedAtMs - b.receivedAtMs ||
  a.validFromMs - b.validFromMs ||
  compareCodePoints(a.itemId, b.itemId) ||
  compareCodePoints(factText(a), factText(b));

/** Whether a fact holds at a moment and was known by another. */
export const holds = ({ validFromMs, receivedAtMs }: ItemFact, { asOfMs, knownByMs }: FactQuestion): boolean =>
  validFromMs <= asOfMs && receivedAtMs <= knownByMs;

/** What facts of one item, in the order of `compareFacts`, say together; undefined where there are none. */
export function foldFacts(facts: Iterable<ItemFact>): ItemFacts | undefined {
  let known: Record<string, unknown> | undefined;
  for (const { says } of facts) {
    known ??= {};
    for (const field of factFields) {
      if (says[field] === null) delete known[field];
      else if (says[field] !== undefined) known[field] = says[field];
    }
  }
  return known;
}
