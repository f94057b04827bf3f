import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import type { Suppressions } from '@tillcast/core/ports/suppressions';

/** Whom was erased, at hand for every event that comes in. */
export interface ErasedList {
  /** Whether an event is of somebody who was erased, and from before that. */
  has(event: ShopEvent): boolean;
  /** From now on, once it is on disk, what these did up to a moment is not taken again. */
  add(tenant: string, shoppers: readonly string[], erasedAtMs: number): Promise<void>;
  /** The same where another process has put it on disk. */
  learn(tenant: string, shoppers: readonly string[], erasedAtMs: number): void;
  /** Takes over what is on disk by now, whoever has put it there. */
  refresh(): Promise<void>;
}

/** Opens the list of a store. */
export async function openErasedList(suppressions: Suppressions): Promise<ErasedList> {
  const known = new Map<string, number>();
  const keep = (digest: string, erasedAtMs: number): void =>
    void known.set(digest, Math.max(erasedAtMs, known.get(digest) ?? erasedAtMs));
  async function refresh(): Promise<void> {
    for (const { digest, erasedAtMs } of await suppressions.all()) keep(digest, erasedAtMs);
  }
  await refresh();
  function learn(tenant: string, shoppers: readonly string[], erasedAtMs: number): void {
    for (const shopper of shoppers) keep(suppressions.digestOf(tenant, shopper), erasedAtMs);
  }

  return {
    has(event) {
      if (known.size === 0) return false;
      const erasedAtMs = known.get(suppressions.digestOf(event.tenant, shopperOf(event)));
      return erasedAtMs !== undefined && event.eventTimeMs <= erasedAtMs;
    },
    async add(tenant, shoppers, erasedAtMs) {
      await suppressions.add(shoppers.map((shopper) => ({ digest: suppressions.digestOf(tenant, shopper), erasedAtMs })));
      learn(tenant, shoppers, erasedAtMs);
    },
    learn,
    refresh,
  };
}

/** The refusal of an event of somebody who was erased. */
export const subjectErased = (): TillcastError =>
  new TillcastError(
    'SUBJECT_ERASED',
    'it happened before this shopper was erased, and is not taken again; what they do from now on is',
  );
