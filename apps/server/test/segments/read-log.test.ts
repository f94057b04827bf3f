import { openLedgers, type ShopperLedger } from '@tillcast/core/decisions/segments/ledger';
import { type ShopEvent, shopperOf } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLog } from '../../src/segments/read-log.ts';

const startMs = Date.parse('2026-11-01T00:00:00Z');
const time = { timeZone: 'UTC', sessionGapMs: 1_800_000 };

const step = fc
  .record({
    user: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    device: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    buys: fc.boolean(),
    minutes: fc.integer({ min: 1, max: 600 }),
  })
  .filter(({ user, device }) => user !== undefined || device !== undefined);

function eventsOf(
  steps: readonly { user?: number | undefined; device?: number | undefined; buys: boolean; minutes: number }[],
): ShopEvent[] {
  let atMs = startMs;
  return steps.map(({ user, device, buys, minutes }, index) => {
    atMs += minutes * 60_000;
    return {
      ...{
        tenant: 'default',
        eventId: `e${index}`,
        event: buys ? 'purchase' : 'view_item',
        eventTimeMs: atMs,
        receivedAtMs: atMs,
      },
      items: [{ itemId: 'i', price: 1 + index, quantity: 1 }],
      ...(user === undefined ? {} : { userId: `${user}` }),
      ...(device === undefined ? {} : { anonymousId: `${device}` }),
    };
  });
}

/** The ledgers as an engine without bounds tells whose a device is. */
function byUnboundedEngine(events: readonly ShopEvent[]): ReadonlyMap<string, ShopperLedger> {
  const engine = openFeatureEngine(time, []);
  const ledgers = openLedgers();
  const owners = new Map<string, string>();
  for (const event of events) {
    engine.apply(event);
    const shopper = owners.get(shopperOf(event)) ?? shopperOf(event);
    if (engine.appliedDevice !== undefined) {
      owners.set(engine.appliedDevice, shopper);
      ledgers.absorb(engine.appliedDevice, shopper);
    }
    ledgers.note(shopper, event);
  }
  return ledgers.all;
}

async function read(events: readonly ShopEvent[]) {
  const log = memoryEventLog();
  if (events.length > 0) await log.append(events);
  return (await readLog({ log, ...time, asOfMs: startMs * 2, asked: [] })).ledgers;
}

const plain = (ledgers: ReadonlyMap<string, ShopperLedger>) =>
  Object.fromEntries([...ledgers].sort(([a], [b]) => (a < b ? -1 : 1)));

describe('ledgers of a log read in bounded memory', () => {
  it('belong to whom an engine that forgets nothing gives them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const events = eventsOf(steps);
        expect(plain(await read(events))).toEqual(plain(byUnboundedEngine(events)));
      }),
      { numRuns: 200, seed: 6 },
    );
  });

  it('would not, were each event its own shopper’s (planted: deaf to logins)', () => {
    const found = fc.check(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const events = eventsOf(steps);
        const deaf = openLedgers();
        for (const event of events) deaf.note(shopperOf(event), event);
        expect(plain(deaf.all)).toEqual(plain(byUnboundedEngine(events)));
      }),
      { numRuns: 200, seed: 6 },
    );
    expect(found.failed).toBe(true);
  });
});
