import type { ShopEvent } from '../events/event.ts';

/** Why the shopper came today. Hidden from the shop; it sets patience and the will to buy. */
export const missions = ['glance', 'browse', 'compare', 'buy'] as const;

export type Mission = (typeof missions)[number];

/** The hidden class behind an event: the visit's mission, or that nobody with a purse was there. */
export type Segment = Mission | 'bot' | 'refund';

/** What really was likely at the moment just after an event, given everything the shopper knows and the shop does not. */
export interface Truth {
  /** P(a purchase later in this session). Sessions are far shorter than 24 h, so any horizon of a day or more gives the same number. */
  readonly session: number;
  /** P(the shopper buys this event's item within 24 h after it), returning later the same day included; absent where an event is not about one item. */
  readonly item?: number;
  readonly segment: Segment;
}

/** An event and the truth behind it. */
export interface SimulatedEvent {
  readonly event: ShopEvent;
  readonly truth: Truth;
}
