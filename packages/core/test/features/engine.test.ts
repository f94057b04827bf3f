import type { ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import type { EngineSettings } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { fixedEvent } from '@tillcast/core/features/fixed-event';
import { openRowBuilder } from '@tillcast/core/learning/rows';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inKnowableOrder, lateHistory, promptHistory } from './histories.ts';

const settings = { target: 'item', horizonMs: 1, refundWindowMs: 1, timeZone: 'UTC' } as const;

/** The bits of all rows of a replay over an engine of these bounds, and whose and about what they are. */
function replay(history: readonly ShopEvent[], bounds: Partial<EngineSettings>): unknown[] {
  const bits: number[] = [];
  const engine = openFeatureEngine({ timeZone: 'UTC', ...bounds });
  const builder = openRowBuilder(
    { ...settings, engine },
    ({ features }) => void bits.push(...new Uint32Array(features.slice().buffer)),
  );
  for (const event of inKnowableOrder(history)) builder.push(event);
  const { groups, group, items, item, category } = builder.finish();
  return [bits, [...group].map((code) => groups[code]), [...item].map((code) => items[code]), [...category]];
}

describe('an engine with bounds', () => {
  const roomy = { maxItems: 64, maxShoppers: 64 };
  const tight = { maxItems: 2, maxShoppers: 2 };

  it('answers as one without while nobody has to be forgotten', () => {
    fc.assert(
      fc.property(lateHistory(), (history) => {
        expect(replay(history, roomy)).toEqual(replay(history, {}));
      }),
    );
  });

  it('says whose and about what each row is, also of those it forgot and met again', () => {
    fc.assert(
      fc.property(lateHistory(), (history) => {
        expect(replay(history, tight).slice(1)).toEqual(replay(history, {}).slice(1));
      }),
    );
  });

  it('does forget under tight bounds, so that the above says something', () => {
    const same = fc.property(
      lateHistory(),
      (history) => JSON.stringify(replay(history, tight)) === JSON.stringify(replay(history, {})),
    );
    expect(fc.check(same, { seed: 1, numRuns: 300 }).failed).toBe(true);
  });

  it('forgets what was touched longest ago, whichever way it was touched', () => {
    const engine = openFeatureEngine({ timeZone: 'UTC', maxItems: 4 });
    const view = (index: number, itemId: string, brand: string): ShopEvent => ({
      ...{ tenant: 'default', eventId: `e${index}`, event: 'view_item', eventTimeMs: index, receivedAtMs: index, userId: 'ana' },
      items: [{ itemId, brand, quantity: 1 }],
    });
    // The brand "kept" is seen with one item all along, while brands come and go on others.
    for (let index = 0; index < 40; index += 2) {
      engine.apply(view(index, 'one', 'kept'));
      engine.apply(view(index + 1, `other-${index % 3}`, `brand-${index}`));
    }
    const row = engine.row({ shopper: 'u:ana', asOfMs: 40, brand: 'kept' });
    expect(row[featureCatalog.findIndex(({ name }) => name === 'brand_views_24h')]).toBe(20);
  });
});

describe('what the engine tells of a shopper', () => {
  it('counts the purchases of the session of the last event', () => {
    const engine = openFeatureEngine({ timeZone: 'UTC' });
    const step = (index: number, event: ShopEvent['event'], sessionId: string): ShopEvent => ({
      ...{ tenant: 'default', eventId: `e${index}`, event, eventTimeMs: index, receivedAtMs: index, userId: 'ana', sessionId },
      items: [],
    });
    engine.apply(step(1, 'purchase', 's1'));
    engine.apply(step(2, 'purchase', 's1'));
    expect(engine.shopper('u:ana')).toMatchObject({ purchases: 2, sessionPurchases: 2, sessionEvents: 2 });
    engine.apply(step(3, 'view_item', 's2'));
    expect(engine.shopper('u:ana')).toMatchObject({ purchases: 2, sessionPurchases: 0, sessionEvents: 1 });
  });

  it('keeps users, devices and other names apart', () => {
    const engine = openFeatureEngine({ timeZone: 'UTC' });
    const seen = { tenant: 'default', event: 'search', eventTimeMs: 1, receivedAtMs: 1, items: [] } as const;
    engine.apply({ ...seen, eventId: 'e1', userId: 'ana' });
    expect([engine.appliedShopper, engine.appliedShopperNumber]).toEqual(['u:ana', 0]);
    engine.apply({ ...seen, eventId: 'e2', anonymousId: 'ana' });
    expect([engine.appliedShopper, engine.appliedShopperNumber]).toEqual(['a:ana', 1]);
    expect(engine.shopper('u:ana')?.events).toBe(1);
    expect(engine.shopper('a:ana')?.events).toBe(1);
    expect([engine.shopper('ana'), engine.shopper('xyana')]).toEqual([undefined, undefined]);
  });
});

it('an event brought into one shape says the same', () => {
  const keys = Object.keys({
    ...{
      tenant: 1,
      eventId: 1,
      event: 1,
      eventTimeMs: 1,
      claimedTimeMs: 1,
      receivedAtMs: 1,
      backfilled: 1,
      sequence: 1,
      userId: 1,
    },
    ...{
      anonymousId: 1,
      sessionId: 1,
      items: 1,
      transactionId: 1,
      value: 1,
      currency: 1,
      predictionId: 1,
      consent: 1,
      context: 1,
      mark: 1,
    },
  } satisfies Record<keyof ShopEvent, 1>) as (keyof ShopEvent)[];
  const full = {
    claimedTimeMs: 5,
    backfilled: true,
    currency: 'EUR',
    predictionId: 'p',
    consent: false,
    context: { a: 1 },
    mark: { kind: 'bot', rule: 'r', version: '1' },
  } as const;
  fc.assert(
    fc.property(promptHistory(3), (history) => {
      for (const event of [...history, ...history.map((each) => ({ ...each, ...full }))]) {
        const fixed = fixedEvent(event);
        for (const key of keys) expect(fixed[key]).toEqual(event[key]);
        expect(fixedEvent(fixed)).toBe(fixed);
      }
    }),
  );
});
