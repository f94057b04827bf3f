import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../../apps/server/src/serving/start-server.ts';
import { hasChromium, startChromium } from '../../chromium.ts';
import { type ClientPage, serveClientPage } from './client-page.ts';

interface Visit {
  readonly shopper: string;
  readonly url: string;
  readonly consent?: boolean;
  /** Whether the page has sent something before: then the browser need not ask the other origin once more whether it may. */
  readonly hasSent?: boolean;
  /** What the page's own beacons are made of; undefined: the browser's. */
  readonly withoutBeacons?: boolean;
}

/** Runs in the page; text, because the test runner rewrites imports. Nothing is sent while the page stays: a minute is long, and so are 1,000 events. */
const VISIT = `async ({ shopper, url, consent, hasSent, withoutBeacons }) => {
  if (withoutBeacons) { navigator.sendBeacon = () => true; window.fetch = async () => { throw new TypeError('closed'); }; }
  const { openClient } = await import('/client.ts');
  const client = openClient({ url, consent, flushAt: 1_000, flushEveryMs: 60_000 });
  if (hasSent) {
    client.track({ event: 'view_item', user_id: shopper + '-before', session_id: 's', items: [{ item_id: 'p', price: 9 }] });
    await client.flush();
  }
  for (let n = 0; n < 5; n++)
    client.track({ event: 'view_item', user_id: shopper, session_id: 's', items: [{ item_id: 'p' + n, price: 9 }] });
  return client.waiting;
}`;

describe.skipIf(!hasChromium('the typed client'))('the typed client in a real browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-client-'));
  let server: RunningServer;
  let site: ClientPage;
  let browser: Browser;

  beforeAll(async () => {
    site = await serveClientPage(() => server.url);
    const corsOrigins = [site.url];
    server = await startServer({ data: folder, port: 0, open: true, logLevel: 'silent', env: {}, corsOrigins });
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Visits, leaves, and answers how many events of the shopper arrive, within so long. */
  async function arrived(visit: Visit, leave: 'close' | 'navigate', withinMs = 20_000): Promise<number> {
    const page = await browser.newPage();
    await page.goto(site.url);
    expect(await page.evaluate<number>(`(${VISIT})(${JSON.stringify(visit)})`)).toBe(5);
    if (leave === 'navigate') await page.goto('about:blank');
    await page.close({ runBeforeUnload: false });
    const shown = async (): Promise<number> => {
      const answer = await fetch(`${server.url}/v1/subjects/u:${visit.shopper}`);
      return ((await answer.json()) as { events: readonly unknown[] }).events.length;
    };
    const deadlineMs = performance.now() + withinMs;
    while (performance.now() < deadlineMs && (await shown()) < 5) await new Promise((resolve) => setTimeout(resolve, 100));
    return shown();
  }

  it.each(['close', 'navigate'] as const)('events survive a page that goes (%s), to the shop’s own origin', async (leave) => {
    expect(await arrived({ shopper: `own-${leave}`, url: '', consent: true }, leave)).toBe(5);
  });

  // A page that is closed before it ever reached the other origin may lose them: a busy browser drops the question whether it may send at all.
  it.each(['close', 'navigate'] as const)('and to a server of another origin that it has reached before (%s)', async (leave) => {
    expect(await arrived({ shopper: `other-${leave}`, url: server.url, consent: true, hasSent: true }, leave)).toBe(5);
  });

  it('not before the shopper agrees, and not where the browser sends nothing', async () => {
    const gone = [
      arrived({ shopper: 'silent', url: '' }, 'close', 3_000),
      arrived({ shopper: 'mute', url: '', consent: true, withoutBeacons: true }, 'close', 3_000),
    ];
    expect(await Promise.all(gone)).toEqual([0, 0]);
  });
});
