/** What one event may hold at most. A limit is part of the contract of the wire: at it accepted, one above refused. */
export const limits = {
  /** UTF-16 units of an identifier (event, user, device, session, item, transaction, prediction). */
  idLength: 256,
  /** UTF-16 units of any other text. */
  textLength: 1_024,
  items: 200,
  contextKeys: 32,
  /** Above every real price in any currency, and still exact in cents. */
  amount: 1e12,
  quantity: 1_000_000,
  /** 2000-01-01T00:00:00Z: what is older is a unit mistaken (seconds for milliseconds). */
  earliestMs: 946_684_800_000,
  /** How far a sender's clock may run ahead of ours; the event is then clamped to the moment of arrival. */
  clockAheadMs: 5 * 60_000,
  /** Problems listed for one event; the last one says that there are more. */
  problems: 100,
} as const;
