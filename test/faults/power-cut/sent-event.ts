import type { ShopEvent } from '@tillcast/core/events/event';
import { anEvent, originMs } from '../../../packages/core/test/arbitraries/event.ts';

/** The n-th event that a test sends: whoever reads it back can tell whether it is whole. */
export const sentEvent = (n: number): ShopEvent =>
  anEvent({
    eventId: `e${n}`,
    eventTimeMs: originMs + ((n * 7_919) % 100_000),
    sequence: n,
    userId: `shopper ${n % 5} ${'·'.repeat(n % 97)}`,
  });
