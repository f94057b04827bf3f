import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toWire } from '@tillcast/core/events/wire';
import { simulateShop } from '@tillcast/core/simulation/shop';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildConsole } from '../../apps/server/src/demo/build-console.ts';
import { openSchedule, visitsOf } from '../../apps/server/src/demo/session-schedule.ts';
import { type RunningServer, startServer } from '../../apps/server/src/serving/start-server.ts';
import { hasChromium, startChromium } from '../chromium.ts';
import { intervalsAndVerdicts, managersPages } from './console-pages.ts';

describe.skipIf(!hasChromium('the console'))('the console in a real browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-console-'));
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    buildConsole();
    server = await startServer({ data: folder, port: 0, open: true, logLevel: 'silent', env: {} });
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows a shopper a moment after the event, and breaks no content policy', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.getByText('No one is in the shop yet').waitFor();

    const events = [...simulateShop({ shoppers: 30, days: 5, seed: 2 })].map(({ event }) => event);
    const due = openSchedule(visitsOf(events), Date.now() - 600_000, 20_000, () => 0.5).until(Date.now());
    const response = await fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: due.map(({ event }) => toWire(event)) }),
    });
    expect(await response.json()).toMatchObject({ accepted: due.length, rejected: 0 });

    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(1);
    await page.locator('tbody tr').nth(1).click();
    const name = await page.locator('tbody tr').nth(1).locator('.who').innerText();
    await page.locator('aside h2').waitFor();
    expect(await page.locator('aside h2').innerText()).toBe(name);
    // It listened; it may have asked once before the stream stood.
    expect(asked).toContain('/v1/live/scores');
    expect(asked.filter((path) => path === '/v1/shoppers').length).toBeLessThanOrEqual(2);
    if (process.env.TILLCAST_SCREENSHOT) await page.screenshot({ path: process.env.TILLCAST_SCREENSHOT });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('asks for the board where it cannot listen', async () => {
    const page = await browser.newPage();
    await page.route('**/v1/live/scores', (route) => route.abort());
    await page.goto(server.url);
    await page.locator('tbody tr').first().waitFor();
    const again = await page.waitForResponse((response) => response.url().includes('/v1/shoppers'));
    expect(again.status()).toBe(200);
    await page.close();
  });
});

describe('how an interval reads', intervalsAndVerdicts);
describe.skipIf(!hasChromium('the pages of the console'))('the pages of a growth manager', managersPages);
