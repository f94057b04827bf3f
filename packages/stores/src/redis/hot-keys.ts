import type { SharedName } from '@tillcast/core/features/shared-states';

/**
 * Where things lie in Redis. Everything of a tenant carries its name in braces, so that a cluster keeps it in one slot: an event changes a shopper, an
 * item, a brand, a category and the shop in one step, and steps end at the border of a slot.
 */
export interface HotKeys {
  /** Names the epoch whose states are the current ones. */
  readonly epoch: string;
  /** Names the epoch that is being built, while one is. */
  readonly building: string;
  /** When each process last had nothing left to hand over. */
  readonly writers: string;
  shopper(epoch: string, shopper: string): string;
  shared(epoch: string, name: SharedName): string;
  /** A pattern of all states of an epoch. */
  allOf(epoch: string): string;
}

/** The keys of one tenant; `layout` keeps apart states that mean different things. */
export function hotKeys(layout: string, tenant: string): HotKeys {
  // Braces, and what a pattern understands, stay out of the tag.
  const prefix = `tillcast:hot:${layout}:{${encodeURIComponent(tenant).replaceAll('*', '%2A')}}`;
  return {
    epoch: `${prefix}:epoch`,
    building: `${prefix}:building`,
    writers: `${prefix}:writers`,
    shopper: (epoch, shopper) => `${prefix}:${epoch}:${shopper}`,
    shared: (epoch, name) => `${prefix}:${epoch}:${name}`,
    allOf: (epoch) => `${prefix}:${epoch}:*`,
  };
}
