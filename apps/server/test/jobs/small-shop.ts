import type { ShopEvent } from '@tillcast/core/events/event';
import { openRandom } from '@tillcast/core/simulation/random';

const START_MS = Date.UTC(2026, 0, 5, 8);

export interface SmallShop {
  readonly sessions: number;
  readonly seed?: number;
  /** How much a keen shopper is likelier to buy; 0 = nothing can be learnt. */
  readonly signal?: number;
}

/** A few hours of a shop whose keen shoppers look at things of a middling price: plain to a tree, not to a line. */
export function smallShop({ sessions, seed = 1, signal = 3 }: SmallShop): ShopEvent[] {
  const random = openRandom(seed);
  const events: ShopEvent[] = [];
  for (let s = 0; s < sessions; s++) {
    const isKeen = random.uniform() < 0.25;
    const length = 1 + Math.floor(random.uniform() * 5);
    const startMs = START_MS + Math.floor((s / sessions) * 6 * 3_600_000);
    const event = (step: number, name: ShopEvent['event'], price: number): ShopEvent => ({
      tenant: 'default',
      eventId: `${seed}-${s}-${step}`,
      event: name,
      eventTimeMs: startMs + step * 20_000,
      receivedAtMs: startMs + step * 20_000,
      userId: `u${s % Math.ceil(sessions * 0.9)}`,
      sessionId: `s${s}`,
      items: [
        {
          itemId: `i${Math.floor(random.uniform() * 40)}`,
          category: random.uniform() < 0.5 ? 'garden.tools' : 'books',
          price,
          quantity: 1,
        },
      ],
    });
    const lowest = isKeen ? 25 : random.uniform() < 0.5 ? 5 : 40;
    for (let step = 0; step < length; step++) events.push(event(step, 'view_item', lowest + 10 * random.uniform()));
    const buys = random.uniform() < 0.08 + (isKeen ? 0.12 * signal : 0);
    if (buys) events.push({ ...event(length, 'purchase', 30), transactionId: `t${s}` });
  }
  return events.sort((a, b) => a.eventTimeMs - b.eventTimeMs || (a.eventId < b.eventId ? -1 : 1));
}
