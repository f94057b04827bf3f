import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { isLogin } from '@tillcast/core/features/device-claims';
import type { FeatureEngine } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyLinkedHistory, inKnowableOrder, LATENESS_MS, linkedHistory, longLinkedHistory } from './histories.ts';
import {
  differing,
  futureChangesPast,
  type OpenEngine,
  openEngineOver,
  orderMatters,
  repetitionMatters,
  streamDiffersFromBatch,
} from './laws.ts';

/** 20,000 by `npm run long`. */
const numRuns = Number(process.env.TILLCAST_LAW_RUNS ?? (process.env.TILLCAST_LONG ? 20_000 : 300));
const real = () => featureCatalog;

const pastAndFuture = fc.tuple(anyLinkedHistory(), fc.double({ min: 0, max: 1, noNaN: true })).map(([history, share]) => {
  const known = history.map(knowableAtMs).sort((a, b) => a - b);
  const cutMs = known[Math.floor(share * known.length)] ?? 0;
  return [
    history.filter((event) => knowableAtMs(event) <= cutMs),
    history.filter((event) => knowableAtMs(event) > cutMs),
  ] as const;
});

const noneBreaks = (names: readonly string[]): void => void expect([...new Set(names)]).toEqual([]);

describe('the laws of features, when devices turn out to be users’', () => {
  it('rows before a login do not see it', () => {
    fc.assert(
      fc.property(pastAndFuture, ([past, future]) => noneBreaks(futureChangesPast(real, past, future))),
      { numRuns },
    );
  });

  it('late and permuted delivery gives the bits of delivery in order, logins included', () => {
    fc.assert(
      fc.property(linkedHistory(), (history) => noneBreaks(orderMatters(featureCatalog, history))),
      { numRuns: 5 * numRuns },
    );
  });

  it('so it does over histories long enough to settle, to rest and to forget', () => {
    fc.assert(
      fc.property(longLinkedHistory(2_000), (history) => noneBreaks(orderMatters(featureCatalog, history, 60))),
      { numRuns: Math.max(2, numRuns / 100), endOnFailure: true },
    );
  });

  it('a stream gives what a batch gives, and an event handed over again changes nothing', () => {
    fc.assert(
      fc.property(anyLinkedHistory(12), (history) => noneBreaks(streamDiffersFromBatch(featureCatalog, history))),
      { numRuns: numRuns / 2 },
    );
    fc.assert(
      fc.property(linkedHistory(), fc.array(fc.nat(100)), (history, again) =>
        noneBreaks(repetitionMatters(featureCatalog, history, again)),
      ),
      { numRuns },
    );
  });
});

/** Engines with one fault each. */
const knowsTheFuture =
  (history: readonly ShopEvent[]): OpenEngine =>
  (catalog) => {
    const engine = openEngineOver(catalog);
    const owner = (device: string | undefined) => history.find((event) => isLogin(event) && event.anonymousId === device)?.userId;
    return { ...engine, row: (question, ...out) => engine.row({ ...question, shopper: owned(question.shopper, owner) }, ...out) };
  };
const owned = (shopper: string, owner: (device: string) => string | undefined): string => {
  const user = shopper.startsWith('a:') ? owner(shopper.slice(2)) : undefined;
  return user === undefined ? shopper : `u:${user}`;
};

/** Gives a device’s events to whoever’s login arrived first, from its arrival on. */
const linksAsTheyArrive: OpenEngine = (catalog) => {
  const engine = openEngineOver(catalog);
  const owners = new Map<string, string>();
  const apply: FeatureEngine['apply'] = (event) => {
    const { userId, anonymousId } = event;
    if (anonymousId === undefined) return engine.apply(event);
    if (userId !== undefined && !owners.has(anonymousId)) owners.set(anonymousId, userId);
    const { anonymousId: _, ...rest } = event;
    const owner = userId ?? owners.get(anonymousId);
    return engine.apply(owner === undefined ? event : { ...rest, userId: owner });
  };
  return { ...engine, apply };
};

/** Forgets to fold a user anew when a late event changes what a login had claimed: hands the device's late events over without their device. */
const ignoresLateClaims: OpenEngine = (catalog) => {
  const engine = openEngineOver(catalog);
  const apply: FeatureEngine['apply'] = (event) => {
    const isLate = event.receivedAtMs > event.eventTimeMs && event.userId === undefined;
    return engine.apply(isLate ? { ...event, anonymousId: `late-${event.anonymousId}` } : event);
  };
  return { ...engine, apply };
};

describe('the laws catch planted faults', () => {
  const finds = (property: fc.IProperty<unknown>): void =>
    expect(fc.check(property as fc.IProperty<unknown>, { numRuns: 1_000, seed: 1 }).failed).toBe(true);

  it('a link that is known before the login', () => {
    finds(
      fc.property(pastAndFuture, ([past, future]) => {
        const open = knowsTheFuture([...past, ...future]);
        return futureChangesPast(real, past, future, open, knowsTheFuture(past)).length === 0;
      }),
    );
  });

  it.each([
    ['follows the order of arrival', linksAsTheyArrive],
    ['is not mended by what arrives late', ignoresLateClaims],
  ])('a link that %s', (_what, open) => {
    finds(fc.property(linkedHistory(), (history) => orderMatters(featureCatalog, history, 200, open).length === 0));
  });
});

/** The row of a user about an item, after these events in order. */
function rowAfter(events: readonly ShopEvent[], shopper = 'u:ana', sessionId?: string): Float32Array {
  const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs: LATENESS_MS });
  for (const event of inKnowableOrder(events)) engine.apply(event);
  const asOfMs = Math.max(...events.map(knowableAtMs));
  const question = { shopper, asOfMs, itemId: 'item-1', brand: 'brand-1', category: 'top.sub-1', price: 5 };
  return engine.row(sessionId === undefined ? question : { ...question, sessionId });
}

/** Events as one device's, before a login of Ana. */
const anonymous = (history: readonly ShopEvent[]): ShopEvent[] =>
  history.map(({ userId: _, sequence: _s, ...event }) => ({ ...event, anonymousId: 'phone' }));
const loginAfter = (history: readonly ShopEvent[], userId = 'ana'): ShopEvent => ({
  ...{ tenant: 'default', eventId: `login-${userId}`, event: 'search', items: [], userId, anonymousId: 'phone' },
  eventTimeMs: Math.max(...history.map(({ eventTimeMs }) => eventTimeMs)) + 1_000,
  receivedAtMs: Math.max(...history.map(knowableAtMs)) + 1_000,
});
const someHistory = linkedHistory(16).filter(({ length }) => length > 0);

describe('history follows the login', () => {
  it('of a new user: bit for bit as if all of it had been theirs', () => {
    fc.assert(
      fc.property(someHistory, (history) => {
        const before = anonymous(history);
        const login = loginAfter(before);
        const followed = rowAfter([...before, login]);
        const theirs = [...before, login].map(({ anonymousId: _, ...event }) => ({ ...event, userId: 'ana' }));
        noneBreaks(differing(featureCatalog, followed, rowAfter(theirs)));
      }),
      { numRuns },
    );
  });

  it('of a user who was there before: as if all of it had been theirs, where the one history ends before the other begins', () => {
    fc.assert(
      fc.property(someHistory, someHistory, (old, history) => {
        const before = anonymous(history);
        const startMs = Math.min(...before.map(({ eventTimeMs }) => eventTimeMs));
        const endMs = Math.max(...old.map(({ eventTimeMs }) => eventTimeMs));
        const own = old.map(({ anonymousId: _, sequence: _s, ...event }, index) => {
          const eventTimeMs = event.eventTimeMs - endMs + startMs - 90_000_000;
          return { ...event, userId: 'ana', eventId: `old-${index}`, eventTimeMs, receivedAtMs: eventTimeMs };
        });
        const login = loginAfter(before);
        const theirs = [...before, login].map(({ anonymousId: _, ...event }) => ({ ...event, userId: 'ana' }));
        noneBreaks(differing(featureCatalog, rowAfter([...own, ...before, login]), rowAfter([...own, ...theirs])));
      }),
      { numRuns },
    );
  });

  it('and not a second user on the same device, nor, from then on, anybody', () => {
    fc.assert(
      fc.property(someHistory, someHistory, (first, second) => {
        const before = anonymous(first);
        const login = loginAfter(before);
        const shiftMs = login.receivedAtMs - Math.min(...second.map(({ eventTimeMs }) => eventTimeMs)) + 1_000;
        const after = anonymous(second).map((event, index) => ({
          ...event,
          ...{ eventId: `second-${index}`, eventTimeMs: event.eventTimeMs + shiftMs, receivedAtMs: event.receivedAtMs + shiftMs },
        }));
        const stranger = loginAfter(after, 'ben');
        const all = [...before, login, ...after, stranger];
        const alone = [
          ...all.slice(0, -1).map((event) => ({ ...event, anonymousId: 'other', userId: 'other' })),
          { ...stranger, anonymousId: 'new' },
        ];
        noneBreaks(differing(featureCatalog, rowAfter(all, 'u:ben'), rowAfter(alone, 'u:ben')));
        const again = { ...loginAfter([stranger]), eventId: 'again' };
        const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs: LATENESS_MS });
        for (const event of [...inKnowableOrder(all), again]) engine.apply(event);
        expect(engine.shopper('u:ana')!.events).toBe(before.length + 2);
        expect(engine.shopper('u:ben')!.events).toBe(1);
        expect(engine.shopper('a:phone')?.events).toBe(after.length);
      }),
      { numRuns: numRuns / 2 },
    );
  });
});

it('each accumulator of shoppers and sessions can be joined', () => {
  const accumulators = [...new Set(featureCatalog.flatMap(({ reads }) => reads))];
  const alone = accumulators.filter(({ entity, join }) => ['shopper', 'session'].includes(entity) && join === undefined);
  expect(alone.map(({ name }) => name)).toEqual([]);
});

describe('what the engine tells of a login', () => {
  const view = (eventId: string, atMs: number, who: Pick<ShopEvent, 'userId' | 'anonymousId'>): ShopEvent => ({
    ...{ tenant: 'default', eventId, event: 'add_to_cart', eventTimeMs: atMs, receivedAtMs: atMs, sessionId: 's1', ...who },
    items: [{ itemId: 'i1', price: 5, quantity: 1 }],
  });

  it.each([0, LATENESS_MS])(
    'names the device whose history it took, and leaves nothing there; lateness %d',
    (allowedLatenessMs) => {
      const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs });
      engine.apply(view('e1', 1, { anonymousId: 'phone' }));
      expect(engine.appliedDevice).toBeUndefined();
      engine.apply(view('e2', 2, { userId: 'ana', anonymousId: 'phone' }));
      expect([engine.appliedDevice, engine.appliedShopper, engine.appliedSessionId]).toEqual(['a:phone', 'u:ana', 's1']);
      expect(engine.shopper('a:phone')).toBeUndefined();
      expect(engine.shopper('u:ana')).toMatchObject({ events: 2, sessionEvents: 2 });
      engine.apply(view('e3', 3, { userId: 'ana', anonymousId: 'phone' }));
      expect(engine.appliedDevice).toBeUndefined();
      const cart = engine.row({ shopper: 'u:ana', sessionId: 's1', asOfMs: 3 });
      expect(cart[featureCatalog.findIndex(({ name }) => name === 'session_cart_units')]).toBe(3);
    },
  );

  it('an event of machines or of the shop itself is in no state', () => {
    const engine = openFeatureEngine({ timeZone: 'UTC' });
    const mark = { kind: 'bot', rule: 'crawlers', version: '1' } as const;
    expect(engine.apply({ ...view('e1', 1, { userId: 'ana' }), mark })).toBe('marked');
    expect(engine.shopper('u:ana')).toBeUndefined();
    const row = engine.row({ shopper: 'u:ben', asOfMs: 2, itemId: 'i1' });
    expect(row).toEqual(openFeatureEngine({ timeZone: 'UTC' }).row({ shopper: 'u:ben', asOfMs: 2, itemId: 'i1' }));
  });
});
