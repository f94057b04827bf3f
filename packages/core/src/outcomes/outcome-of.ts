import { knowableAtMs, type ShopEvent } from '../events/event.ts';
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

/** An id no event has: ids hold no control characters. */
const idBeside = (eventId: string, kind: Outcome['event'], shopper: string): string => `${eventId}\u001f${kind}\u001f${shopper}`;

/** What a login that made a device's history its user's tells the two. */
export function loginsOf(event: ShopEvent, user: string, device: string): readonly Outcome[] {
  const atMs = knowableAtMs(event);
  const tell = (shopper: string, linked: string): Outcome => ({
    ...{ tenant: event.tenant, shopper, linked, eventId: idBeside(event.eventId, 'login', shopper), event: 'login' },
    ...{ eventTimeMs: atMs, receivedAtMs: atMs, items: [] },
  });
  return [tell(device, user), tell(user, device)];
}

/** What an outcome tells somebody linked to its shopper. */
export const echoOf = ({ tenant, eventId, shopper, eventTimeMs, receivedAtMs }: Outcome, to: string): Outcome => ({
  ...{ tenant, shopper: to, linked: shopper, eventId: idBeside(eventId, 'echo', to), event: 'echo' },
  ...{ eventTimeMs, receivedAtMs, items: [] },
});
