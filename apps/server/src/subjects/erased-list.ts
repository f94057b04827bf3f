import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { Suppressions } from '@tillcast/core/ports/suppressions';

/** Whom was erased, at hand for every event that comes in. */
export interface ErasedList {
  /** Whether an event is of somebody who was erased, and from before that. */
  has(event: ShopEvent): boolean;
  /** From now on, once it is on disk, what these did up to a moment is not taken again. */
  add(tenant: string, shoppers: readonly string[], erasedAtMs: number): Promise<void>;
}

/** Opens the list of a store. */
export async function openErasedList(suppressions: Suppressions): Promise<ErasedList> {
  const known = new Map((await suppressions.all()).map(({ digest, erasedAtMs }) => [digest, erasedAtMs]));
  return {
    has(event) {
      if (known.size === 0) return false;
      const erasedAtMs = known.get(suppressions.digestOf(event.tenant, shopperOf(event)));
      return erasedAtMs !== undefined && event.eventTimeMs <= erasedAtMs;
    },
    async add(tenant, shoppers, erasedAtMs) {
      const given = shoppers.map((shopper) => ({ digest: suppressions.digestOf(tenant, shopper), erasedAtMs }));
      await suppressions.add(given);
      for (const { digest } of given) known.set(digest, Math.max(erasedAtMs, known.get(digest) ?? erasedAtMs));
    },
  };
}

/** The refusal of an event of somebody who was erased. */
export const subjectErased = (): TillcastError =>
  new TillcastError(
    'SUBJECT_ERASED',
    'it happened before this shopper was erased, and is not taken again; what they do from now on is',
  );
