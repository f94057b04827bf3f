import type { EventName, LineItem, ShopEvent } from '../events/event.ts';
import { normal } from './distributions.ts';
import { mix32, type Random } from './random.ts';
import type { FullSettings } from './settings.ts';
import type { SimulatedEvent, Truth } from './truth.ts';

/** What somebody did; the desk adds what the shop's records add. */
export interface Deed {
  readonly event: EventName;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly sessionId?: string;
  readonly items: readonly LineItem[];
  readonly transactionId?: string;
  readonly value?: number;
  readonly currency?: string;
}

/** Where deeds become events: it numbers them in the order of happening, and decides when each is heard of. */
export interface Desk {
  record(deed: Deed, nowMs: number, truth: Truth): void;
  /** What was recorded since it was last asked, at most one event. */
  take(): SimulatedEvent | undefined;
  newSessionId(): string;
  newTransactionId(): string;
}

/** Opens the desk of one shop. Ids rise in order of happening, so that `compareEvents` breaks ties as they happened. */
export function openDesk(settings: FullSettings, random: Random): Desk {
  const tag = tagOf(settings);
  let [events, sessions, orders] = [0, 0, 0];
  let recorded: SimulatedEvent | undefined;
  const numbered = (prefix: string, number: number) => `${prefix}${tag}${number.toString(36).padStart(8, '0')}`;
  return {
    record(deed, nowMs, truth) {
      const eventId = numbered('e', events++);
      const receivedAtMs = nowMs + Math.round(latencyMs(random, settings.lateShare));
      // Spreading last keeps the optional fields of the deed as they are: absent, not undefined.
      const event: ShopEvent = { tenant: 'default', eventId, eventTimeMs: nowMs, receivedAtMs, ...deed };
      recorded = { event, truth };
    },
    take() {
      const taken = recorded;
      recorded = undefined;
      return taken;
    },
    newSessionId: () => numbered('s', sessions++),
    newTransactionId: () => numbered('t', orders++),
  };
}

/** Late events: seconds to half an hour, median 40 s. The others: the network's fraction of a second. */
function latencyMs(random: Random, lateShare: number): number {
  if (random.uniform() < lateShare) return Math.min(1_800_000, 40_000 * Math.exp(1.4 * normal(random)));
  return 20 + 180 * random.uniform();
}

/** Six letters from everything that decides the stream except its length, so that two different shops never share an event id. */
function tagOf({ days: _length, ...rest }: FullSettings): string {
  let word = 0;
  for (const character of JSON.stringify(rest)) word = mix32(word ^ character.charCodeAt(0));
  return (word % 36 ** 6).toString(36).padStart(6, '0');
}
