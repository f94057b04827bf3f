import type { LineItem, ShopEvent } from './event.ts';

/** The wire form of an event, as a shop would send it; `parseEvent(toWire(e), { receivedAtMs, tenant })` gives `e` back, less `sequence`, `backfilled` and `mark`. */
export const toWire = (event: ShopEvent): Record<string, unknown> => ({
  event_id: event.eventId,
  event: event.event,
  event_time: new Date(event.claimedTimeMs ?? event.eventTimeMs).toISOString(),
  ...(event.userId !== undefined && { user_id: event.userId }),
  ...(event.anonymousId !== undefined && { anonymous_id: event.anonymousId }),
  ...(event.sessionId !== undefined && { session_id: event.sessionId }),
  items: event.items.map(itemToWire),
  ...(event.transactionId !== undefined && { transaction_id: event.transactionId }),
  ...(event.value !== undefined && { value: event.value }),
  ...(event.currency !== undefined && { currency: event.currency }),
  ...(event.predictionId !== undefined && { prediction_id: event.predictionId }),
  ...(event.consent !== undefined && { consent: event.consent }),
  ...(event.context !== undefined && { context: { ...event.context } }),
});

const itemToWire = (item: LineItem): Record<string, unknown> => ({
  item_id: item.itemId,
  ...(item.category !== undefined && { category: item.category }),
  ...(item.brand !== undefined && { brand: item.brand }),
  ...(item.price !== undefined && { price: item.price }),
  quantity: item.quantity,
});
