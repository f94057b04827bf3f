import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryHotState } from '@tillcast/stores/memory/hot-state';
import { expect, it } from 'vitest';

const hourMs = 3_600_000;
const beganMs = Date.UTC(2026, 10, 1);
const search = (eventId: string, userId: string, atMs: number, receivedAtMs: number): ShopEvent => ({
  ...{ tenant: 'default', eventId, event: 'search', items: [], userId },
  ...{ eventTimeMs: beganMs + atMs, receivedAtMs: beganMs + receivedAtMs },
});

it('an event as late as allowed keeps its place, also where others overtake it after its arrival', () => {
  const first = Array.from({ length: 7 }, (_, at) => search(`first-${at}`, 'ana', at, at));
  const late = search('late', 'ana', 0, hourMs);
  const overtaking = ['ben', 'cleo', 'dora', 'ed'].map((user) => search(user, user, 60_000, hourMs + 60_000));
  const known = [
    [...first, late, ...overtaking],
    [...first, ...overtaking, late],
  ].map((events) => {
    const { engine } = memoryHotState({ timeZone: 'UTC', allowedLatenessMs: hourMs });
    for (const event of events) engine.apply(event);
    return engine.shopper('u:ana')!.events;
  });
  expect(known).toEqual([8, 8]);
});
