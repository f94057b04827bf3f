import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShopEvent } from '@tillcast/core/events/event';
import { openRandom } from '@tillcast/core/simulation/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { openEventLog } from '../../src/compose.ts';
import { trainerPython } from '../../src/jobs/run-trainer.ts';
import { openSnapshotStore } from '../../src/segments/folder.ts';
import { readLifetime } from '../../src/segments/lifetime-file.ts';
import { readSegments } from '../../src/segments/read-segments.ts';
import type { Member } from '../../src/segments/snapshot.ts';
import { takeOffline } from '../../src/segments/take-offline.ts';
import { trainLifetime } from '../../src/segments/train-lifetime.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-lifetime-'));
afterAll(() => rmSync(root, { recursive: true }));
const dayMs = 86_400_000;
const shop = { rates: new Map(), holidays: [], sales: [], treatmentCosts: new Map(), margin: 0.5 };

/** Orders of buyers who come back at paces of their own, and of whom some stop coming. */
function historyOf(buyers: number): ShopEvent[] {
  const random = openRandom(7);
  const nowMs = Date.now() - dayMs;
  const events: ShopEvent[] = [];
  for (let buyer = 0; buyer < buyers; buyer++) {
    const paceDays = 10 + 60 * random.uniform();
    const price = 20 + 100 * random.uniform();
    for (
      let ms = nowMs - 300 * dayMs * (0.3 + 0.7 * random.uniform());
      ms < nowMs;
      ms += -Math.log(1 - random.uniform()) * paceDays * dayMs
    ) {
      const eventTimeMs = Math.floor(ms);
      events.push({
        ...{ tenant: 'default', eventId: `e${events.length}`, event: 'purchase', userId: `b${buyer}` },
        ...{ eventTimeMs, receivedAtMs: eventTimeMs, items: [{ itemId: 'i', price: Math.round(price), quantity: 1 }] },
      });
      if (random.uniform() < 0.15) break;
    }
  }
  return events;
}

const dirWith = async (name: string, events: readonly ShopEvent[]) => {
  const dir = openDataDir(join(root, name));
  const log = openEventLog(dir, {});
  await log.append(events);
  await log.close();
  return dir;
};

describe.skipIf(trainerPython() === undefined)(
  'lifetime value, from orders to members (skipped: trainer/.venv is not installed)',
  () => {
    let dir: ReturnType<typeof openDataDir>;
    beforeAll(async () => {
      dir = await dirWith('shop', historyOf(300));
      await trainLifetime(dir, shop);
    }, 60_000);

    it('what was learnt is kept, with what it foretold of days it had not seen', () => {
      const { buyers, repeaters, bg_nbd, gamma_gamma, holdout } = readLifetime(dir.segments.history)!;
      expect(buyers).toBe(300);
      expect(repeaters).toBeGreaterThan(150);
      expect(Object.values(bg_nbd).every((value) => value > 0)).toBe(true);
      expect(gamma_gamma).not.toBeNull();
      expect(holdout!.expected / holdout!.happened).toBeGreaterThan(0.7);
      expect(holdout!.expected / holdout!.happened).toBeLessThan(1.4);
    });

    it('members carry it: who came often and lately is worth more than who came once long ago', async () => {
      const store = openSnapshotStore(dir.segments);
      const folder = store.workplace();
      // Learnt anew with the stock, however young the fit is.
      const settings = { refitAfterMs: 0, onProgress: () => {} };
      await takeOffline(dir, folder, { file: readSegments(), shop, nowMs: Date.now(), ...settings });
      expect((await store.adopt(folder)).refit).toEqual({ outcome: 'fitted' });
      store.discard(folder);
      const members: Member[] = [];
      for await (const member of store.members()) members.push(member);
      expect(members).toHaveLength(300);
      const worth = (wanted: (facts: Member['facts']) => boolean) => {
        const values = members.filter(({ facts }) => wanted(facts)).map(({ facts }) => facts.clv as number);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      expect(worth(({ rfm }) => rfm === 'champions')).toBeGreaterThan(2 * worth(({ rfm }) => rfm === 'hibernating'));
      expect(members.filter(({ segments }) => segments.includes('most-valuable')).length).toBeLessThanOrEqual(30);
    }, 60_000);

    it('too few who came back are refused with their number', async () => {
      await expect(trainLifetime(await dirWith('few', historyOf(20)), shop)).rejects.toMatchObject({ code: 'TOO_FEW_POSITIVES' });
    }, 60_000);
  },
);

it('a damaged file of parameters is told, with the remedy', () => {
  writeFileSync(join(root, 'lifetime.json'), '{"schema":1,"bg_nbd":{"r":-1}}');
  expect(() => readLifetime(root)).toThrow('run tillcast segments train again');
});
