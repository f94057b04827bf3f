import type { ShopEvent } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { expect, it } from 'vitest';

const hourMs = 3_600_000;
const beganMs = Date.UTC(2026, 10, 1);
let ids = 0;
const seen = (hours: number, over: Partial<ShopEvent>): ShopEvent => ({
  ...{ tenant: 'default', eventId: `e${ids++}`, event: 'view_item', sessionId: 's', items: [] },
  ...{ eventTimeMs: beganMs + hours * hourMs, receivedAtMs: beganMs + hours * hourMs, ...over },
});

it('a device’s session of long ago does not hide its user’s of the same id, whether or not it has left memory', () => {
  const sessionEvents = (others: number): number => {
    const engine = openFeatureEngine({ timeZone: 'UTC' });
    engine.apply(seen(0, { anonymousId: 'device' }));
    engine.apply(seen(28, { userId: 'ana' }));
    engine.apply(seen(28.5, { userId: 'ana', sessionId: 'another' }));
    // Others' events let the engine look after those at rest.
    for (let at = 0; at < others; at += 1) engine.apply(seen(28, { userId: `other-${at}` }));
    engine.apply(seen(29, { userId: 'ana', anonymousId: 'device' }));
    engine.apply(seen(30, { userId: 'ana' }));
    return engine.shopper('u:ana')!.sessionEvents;
  };
  expect([0, 40].map(sessionEvents)).toEqual([3, 3]);
});

it('a user’s session of long ago is not gone on with by what their device did since, whether or not it has left memory', () => {
  const sessionEvents = (others: number): number => {
    const engine = openFeatureEngine({ timeZone: 'UTC' });
    engine.apply(seen(0, { userId: 'ana' }));
    engine.apply(seen(11, { anonymousId: 'device' }));
    engine.apply(seen(12, { userId: 'ana', sessionId: 'another' }));
    for (let at = 0; at < others; at += 1) engine.apply(seen(33, { userId: `other-${at}` }));
    engine.apply(seen(33, { userId: 'ana', anonymousId: 'device' }));
    return engine.shopper('u:ana')!.sessionEvents;
  };
  expect([0, 40].map(sessionEvents)).toEqual([2, 2]);
});
