import type { ShopEvent } from '../events/event.ts';
import type { Outcome } from '../ports/prediction-log.ts';

/** Where an event fell: whose it is, and into which session; as the feature engine said when it applied the event. */
export interface Placed {
  readonly shopper: string;
  readonly sessionId: string | undefined;
}

/** What labels need of an event; undefined where it is no purchase or refund, or is the traffic of machines or of the shop itself. */
export function outcomeOf(event: ShopEvent, { shopper, sessionId }: Placed): Outcome | undefined {
  if ((event.event !== 'purchase' && event.event !== 'refund') || event.mark !== undefined) return undefined;
  const session = sessionId ?? event.sessionId;
  return {
    ...{ tenant: event.tenant, shopper, eventId: event.eventId, event: event.event },
    ...{ eventTimeMs: event.eventTimeMs, receivedAtMs: event.receivedAtMs },
    ...(session === undefined ? {} : { sessionId: session }),
    ...(event.sequence === undefined ? {} : { sequence: event.sequence }),
    ...(event.transactionId === undefined ? {} : { transactionId: event.transactionId }),
    items: event.items.map(({ itemId, quantity }) => ({ itemId, quantity })),
  };
}
