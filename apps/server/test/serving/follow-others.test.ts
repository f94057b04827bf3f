import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import { describe, expect, it } from 'vitest';
import { anEvent } from '../../../../packages/core/test/arbitraries/event.ts';
import { followOthers } from '../../src/serving/follow-others.ts';
import { openErasedList } from '../../src/subjects/erased-list.ts';

const nowMs = 10_000_000;
const fact = (itemId: string, receivedAtMs: number) => ({
  ...{ tenant: 'default', itemId, validFromMs: 0, receivedAtMs, says: { price: 3 } },
});

/** One process's view of stores that others write to. */
async function open() {
  const [catalogue, suppressions, view] = [memoryItemCatalogue(), memorySuppressions(), openCatalogueView()];
  const erased = await openErasedList(suppressions);
  const troubles: unknown[] = [];
  const clock = { nowMs };
  const parts = {
    catalogue,
    learn: view.learn,
    erased,
    now: () => clock.nowMs,
    onTrouble: (error: unknown) => troubles.push(error),
  };
  const priceOf = (itemId: string) => view.at('default', itemId, { asOfMs: nowMs, knownByMs: Number.MAX_SAFE_INTEGER })?.price;
  return { catalogue, suppressions, erased, parts, priceOf, troubles, clock };
}

describe('what other processes write', () => {
  it('is learnt: facts, those of a clock behind ours too, and who was erased', async () => {
    const { catalogue, suppressions, erased, parts, priceOf, clock } = await open();
    const { look, close } = followOthers(parts, 0);
    await catalogue.append([fact('ahead', nowMs + 5_000), fact('behind', nowMs - 30_000)]);
    await suppressions.add([{ digest: suppressions.digestOf('default', 'u:ana'), erasedAtMs: nowMs }]);
    await look();
    expect([priceOf('ahead'), priceOf('behind')]).toEqual([3, 3]);
    expect(erased.has(anEvent({ userId: 'ana', eventTimeMs: nowMs }))).toBe(true);
    expect(erased.has(anEvent({ userId: 'ana', eventTimeMs: nowMs + 1 }))).toBe(false);
    // Committed late: dated before the last look, and not seen by it.
    clock.nowMs += 10_000;
    await look();
    await catalogue.append([fact('late', nowMs - 40_000)]);
    await look();
    expect(priceOf('late')).toBe(3);
    await close();
  });

  it('is looked at by itself, and told of once while it cannot be', async () => {
    const { catalogue, parts, priceOf, troubles } = await open();
    let isGone = true;
    const read: typeof catalogue.read = (query) => {
      if (isGone) throw new Error('gone');
      return catalogue.read(query);
    };
    const { close } = followOthers({ ...parts, catalogue: { ...catalogue, read } }, 5);
    await catalogue.append([fact('i', nowMs)]);
    await expect.poll(() => troubles.length).toBe(1);
    isGone = false;
    await expect.poll(() => priceOf('i')).toBe(3);
    await close();
    expect(troubles).toHaveLength(1);
  });
});
