import { readFileSync } from 'node:fs';
import type { SegmentsAnswer } from '@tillcast/api/segments';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partsOf, sideOf, sides } from '../../apps/console/src/experiments/reading.ts';
import { buildConsole } from '../../apps/server/src/demo/build-console.ts';
import { startChromium } from '../chromium.ts';
import { picture } from './console-picture.ts';
import { openShop, runExperiments, runLosingExperiment, servePredictions, takeStock } from './console-shop.ts';

/** What the console's reading of reports holds to, without a browser. */
export const intervalsAndVerdicts = () => {
  it('shows a difference only where all of it lies on one side of 0', () => {
    expect(sideOf([0.3, 0.01, 0.6])).toBe('above');
    expect(sideOf([-0.3, -0.6, -0.01])).toBe('below');
    for (const open of [
      [0.3, -0.01, 0.6],
      [0.3, 0, 0.6],
      [0.3, null, 0.6],
      [-0.3, -0.6, null],
      [0, 0, 0],
    ] as const)
      expect(sides[sideOf(open)]).toMatchObject({ tone: 'open', text: expect.stringMatching(/^not known/) });
  });

  it('leaves no word of a verdict out', () => {
    for (const verdict of [
      'ship new: conversion +15.0 % (95 % interval +4.4 % to +25.6 %; p = 0.0050)',
      'not yet: about 9 days and 21,000 shoppers more for new; so far conversion +1.0 % (…)',
      'stop: the split is wrong',
    ]) {
      const { headline, rest } = partsOf(verdict);
      expect(verdict.startsWith(headline) && verdict.endsWith(rest)).toBe(true);
      expect(verdict.length - headline.length - rest.length).toBeLessThanOrEqual(2);
    }
  });
};

/** What a growth manager reads on each page, in a real browser, of small shops whose data came through the API. */
export const managersPages = () => {
  let browser: Browser;
  let page: Page;
  let shop: Awaited<ReturnType<typeof openShop>>;
  const complaints: string[] = [];
  /** Opens an address, and answers what is to be read there once `sign` is. */
  const read = async (url: string, sign: string | RegExp): Promise<string> => {
    // From elsewhere: an address that differs by its hash alone would leave what was there before to be read.
    await page.goto('about:blank');
    await page.goto(url);
    await page.getByText(sign).first().waitFor();
    return page.locator('main').innerText();
  };

  beforeAll(async () => {
    buildConsole();
    browser = await startChromium();
    shop = await openShop();
    await runExperiments(shop);
    await runLosingExperiment(shop);
    await servePredictions(shop);
    await takeStock(shop);
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(() => browser?.close());

  it('are reached by the keyboard, each at an address of its own', async () => {
    await page.goto(shop.url);
    const isHere = (name: string) => page.locator('.tabs [aria-current=page]', { hasText: name }).waitFor();
    for (const [name, address] of [
      ['Experiments', '#/experiments'],
      ['Segments', '#/segments'],
      ['Money', '#/money'],
    ] as const) {
      await page.getByRole('link', { name, exact: true }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/${address}`);
      await isHere(name);
      await expect.poll(() => page.title()).toBe(`Tillcast · ${name}`);
    }
    await page.goBack();
    await isHere('Segments');
  });

  it('say first what to do with an experiment, in the words of its report, and what that rests on', async () => {
    const text = await read(`${shop.url}/#/experiments/free-delivery`, 'Units fell as designed');
    const report = (await shop.get('/v1/experiments/free-delivery/results')).json();
    expect(report.verdict).toMatch(/^ship free-delivery/);
    expect(await page.locator('.verdict').innerText()).toContain(partsOf(report.verdict).headline);
    expect(await page.locator('.verdict-box').innerText()).toContain(partsOf(report.verdict).rest);
    expect(text).toContain('higher: the whole interval lies above 0');
    expect(text).toMatch(/revenue of free-delivery ✓ kept/);
    const [mean, low, high] = report.variants.plain.interval.map((share: number) => `${(share * 100).toFixed(0)} %`);
    expect(await page.getByRole('img', { name: `${mean}, 95 % interval ${low} to ${high}` }).count()).toBe(1);
    expect(text).toMatch(/Units left out: \d+ are held out/);
    await picture(page, 'console-experiments');
  });

  it('read as a win only what is one: a gain whose interval holds 0 is not known yet', async () => {
    const report = (await shop.get('/v1/experiments/coupon-banner/results')).json();
    const [value, low, high] = report.comparisons[0].always_valid.relative_lift;
    expect(low < 0 && value > 0 && high > 0, 'the shop was to give a gain that is not proven').toBe(true);
    const text = await read(`${shop.url}/#/experiments/coupon-banner`, 'Units fell as designed');
    expect(await page.locator('.verdict').innerText()).toMatch(/not yet: about \d+ days? and [\d,]+ shoppers more/);
    expect(text).toContain('not known: the interval contains 0');
    expect(text).toMatch(/Best so far by conversion: coupon10, .*that may be luck/);
    const signs = async () => [
      /higher:|✓ ship/.test(await page.locator('main').innerText()),
      await page.locator('.ship, b.up').count(),
    ];
    expect(await signs()).toEqual([false, 0]);
    // The control: where it is a win, the same look finds it.
    await read(`${shop.url}/#/experiments/free-delivery`, 'Units fell as designed');
    expect(await signs()).toEqual([true, 2]);
  });

  it('say so where units were lost, where nothing was started, and where there is no such experiment', async () => {
    expect(await read(`${shop.url}/#/experiments/new-search`, 'Split')).toMatch(/stop: the split is wrong/);
    expect(await page.locator('.alarm').first().innerText()).toMatch(/before believing any figure/);
    expect(await read(`${shop.url}/#/experiments/checkout-2027`, 'Not started')).toContain(
      'tillcast experiment start checkout-2027',
    );
    await read(`${shop.url}/#/experiments/nothing`, 'There is no experiment of this name');
    // What is not there is a line in every browser's console.
    expect(complaints.splice(0).filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('show whom to address: members, expected buyers, history, how chances came true, and the list as CSV', async () => {
    await page.goto(`${shop.url}/#/segments`);
    const answer = (await shop.get('/v1/segments')).json<SegmentsAnswer>();
    const fresh = answer.segments.find(({ id }) => id === 'new')!;
    const line = page.getByRole('row', { name: 'New buyers' });
    await line.getByRole('img').waitFor();
    const text = await line.innerText();
    expect(text).toContain(fresh.size.toLocaleString('en'));
    expect(text).toContain(`${fresh.expected_buyers.toFixed(1)} will, ${fresh.expected_non_buyers.toFixed(1)} will not`);
    expect(text).toMatch(/in 4 stocks/);
    const all = await page.locator('main').innerText();
    expect(all).toContain(`${answer.realised!.badge} · ${answer.realised!.score} of 100`);
    expect(all).toMatch(/120 shoppers whose chance to buy is known, in twentieths/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'New buyers as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^new-\d{4}-\d\d-\d\d\.csv$/);
    const rows = readFileSync((await download.path())!, 'utf8')
      .trim()
      .split('\r\n');
    expect(rows[0]).toMatch(/^user_id,anonymous_id,lifecycle/);
    expect(rows.length - 1).toBe(fresh.size);
  });

  it('show whether it paid, what ranking is worth under its condition, and too few where there are', async () => {
    const text = await read(`${shop.url}/#/money`, 'How good were the predictions?');
    expect(await page.locator('.verdict').first().innerText()).toContain('it pays: the interval lies above 0');
    expect(text).toMatch(/new-search: new, against the control\s+left out of the total/);
    expect(await page.getByRole('img', { name: /^Net from 2\d Nov 2026 to/ }).count()).toBe(1);
    expect(await page.getByRole('row', { name: 'toys' }).innerText()).toContain('too few');
    expect(await page.getByRole('row', { name: 'shoes' }).innerText()).toContain('worse: ranking');
    // Every purchase counts as earned: a ceiling must not read as a forecast.
    expect(text).toContain('If every purchase were owed to it');
    await picture(page, 'console-money');
    await page.getByLabel('Assumed effect (%)').fill('40');
    await page.getByRole('button', { name: 'Draw' }).click();
    await page.getByText('If the effect is as assumed').waitFor();
    expect(await page.locator('main').innerText()).toMatch(/The best cut-off lies between .* of shoppers \(95 %/);
  });

  it('fit a telephone, name every chart, and break no content policy', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const [address, sign] of [
      ['experiments/free-delivery', 'Units fell as designed'],
      ['segments', 'Intent'],
      ['money', 'How good were the predictions?'],
    ]) {
      await read(`${shop.url}/#/${address}`, sign!);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      expect(await page.locator('svg:not([aria-hidden]):not([role=img][aria-label])').count()).toBe(0);
      expect(await page.locator('main [style]').count()).toBe(0);
    }
    await page.setViewportSize({ width: 1280, height: 860 });
    expect(complaints).toEqual([]);
  });

  it('answer an empty shop in full, each with the next step, and call nothing an error', async () => {
    const empty = await openShop();
    expect(await read(`${empty.url}/#/experiments`, 'No experiment yet')).toContain('tillcast experiment create');
    expect(await read(`${empty.url}/#/segments`, 'No stock was taken yet')).toContain('tillcast segments take');
    const money = await read(`${empty.url}/#/money`, 'How good were the predictions?');
    expect(money).toMatch(/not measurable: no experiment with a holdout or a control has started/);
    expect(money).toMatch(/Fill in what a treatment costs.*too few predictions with a known outcome/s);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.route('**/v1/reports/roi', (route) => route.abort());
    await read(`${empty.url}/#/`, 'About to buy');
    expect(await read(`${empty.url}/#/money`, 'The server does not answer')).toContain('asks again by itself');
    await page.unroute('**/v1/reports/roi');
  });

  it('ask a closed server’s readers who they are, and tell them what their token may not do', async () => {
    const closed = await openShop({ secret: new TextEncoder().encode('Zk2vQ8mR5tXw9bNc4hJ7pLs1dFg6aYe3') });
    await takeStock(closed, { shoppers: 12, nights: 1 });
    await read(`${closed.url}/#/segments`, 'This server asks who you are');
    await page.getByLabel('Token').fill('nonsense');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This token is not accepted').waitFor();
    await page.getByLabel('Token').fill(await closed.tokenOf('viewer'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    const link = page.getByRole('link', { name: 'Never ordered as CSV' });
    await link.click();
    await page.getByText('To export takes a token of the role operator').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').fill(await closed.tokenOf('operator'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(readFileSync((await download.path())!, 'utf8')).toMatch(/^user_id,/);
  });
};
