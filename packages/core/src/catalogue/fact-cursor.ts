import type { ItemCatalogue, ItemFact } from '../ports/item-catalogue.ts';

/** Hands facts over as they became known, as far as a replay has come. */
export interface FactCursor {
  /** When the next fact became known; Infinity = there is none. Nothing is to be handed over before that. */
  readonly nextMs: number;
  /** Hands over every fact that was known by a moment. */
  advance(untilMs: number): Promise<void>;
}

/** Opens a cursor over a tenant's facts. */
export async function openFactCursor(
  catalogue: ItemCatalogue,
  learn: (fact: ItemFact) => void,
  tenant = 'default',
): Promise<FactCursor> {
  const pages = catalogue.read({ tenant })[Symbol.asyncIterator]();
  let page: readonly ItemFact[] = [];
  let at = 0;

  async function fill(): Promise<void> {
    while (at >= page.length) {
      const { value, done } = await pages.next();
      if (done === true) {
        cursor.nextMs = Number.POSITIVE_INFINITY;
        return;
      }
      page = value;
      at = 0;
    }
    cursor.nextMs = page[at]!.receivedAtMs;
  }

  const cursor = {
    nextMs: Number.NEGATIVE_INFINITY,
    async advance(untilMs: number) {
      while (cursor.nextMs <= untilMs && cursor.nextMs < Number.POSITIVE_INFINITY) {
        learn(page[at++]!);
        if (at < page.length) cursor.nextMs = page[at]!.receivedAtMs;
        else await fill();
      }
    },
  };
  await fill();
  return cursor;
}
