import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, encodeRow, openEngine, readForest } from '@tillcast/trees';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedPage, servePage } from '../../examples/trees-browser/serve.ts';
import { stageTrees } from '../../packages/trees/pack.ts';
import { readFixture } from '../../packages/trees/test/fixture.ts';
import { hasChromium, startChromium } from '../chromium.ts';

const generated = join(import.meta.dirname, '../../examples/trees/generated');
const models = ['catboost-ctr-combinations', 'xgboost-ubj', 'lightgbm-categories-text', 'sklearn-forest-deep'];

type Values = readonly (number | string | null)[];

/** Scores and contributions of rows, as this process computes them: base value, score, then one a feature. */
function answersHere(model: Uint8Array, rows: readonly Values[], backend: Backend, baseMargin?: number): number[][] {
  const engine = openEngine(readForest(model, { baseMargin }), { backend });
  expect(engine.backend).toBe(backend);
  return rows.map((values) => {
    const row = encodeRow(engine.forest, values);
    const out = new Float64Array(engine.forest.featureCount);
    const base = engine.explain(row, out);
    return [base, engine.score(row), ...out];
  });
}

/** Runs in the page, from the package as it is served; text, because the test runner rewrites imports. Numbers travel as text, with all their digits. */
const ASK = `async ({ bytes, rows, baseMargin }) => {
  const { encodeRow, openEngine, readForest } = await import('/node_modules/@tillcast/trees/dist/index.js');
  const engine = openEngine(readForest(Uint8Array.from(bytes), { baseMargin }));
  const out = new Float64Array(engine.forest.featureCount);
  const answers = rows.map((values) => {
    const row = encodeRow(engine.forest, values.map((value) => (value?.number === undefined ? value : Number(value.number))));
    const base = engine.explain(row, out);
    return [base, engine.score(row), ...out].map((x) => (Object.is(x, -0) ? '-0' : String(x)));
  });
  return { backend: engine.backend, answers };
}`;

/** The same answers, computed in the page. */
async function answersThere(page: Page, model: Uint8Array, rows: readonly Values[], baseMargin?: number) {
  const asText = (value: Values[0]) => (typeof value === 'number' ? { number: String(value) } : value);
  const question = JSON.stringify({ bytes: [...model], rows: rows.map((values) => values.map(asText)), baseMargin });
  const { backend, answers } = await page.evaluate<{ backend: Backend; answers: string[][] }>(`(${ASK})(${question})`);
  return { backend, answers: answers.map((row) => row.map(Number)) };
}

describe.skipIf(!hasChromium('the package'))('the package in a real browser, from a static page', () => {
  const packageFolder = mkdtempSync(join(tmpdir(), 'tillcast-browser-'));
  let site: ServedPage;
  let browser: Browser;

  beforeAll(async () => {
    stageTrees(packageFolder);
    site = await servePage({ packageFolder });
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(packageFolder, { recursive: true, force: true });
  });

  async function openPage(url: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    return { page, complaints };
  }

  /** The page's own "every digit" table: base value, contributions, score. */
  const digitsOf = async (page: Page): Promise<number[]> => (await page.locator('#digits td').allTextContents()).map(Number);

  it('shows a model’s score and reasons, bit for bit as here', async () => {
    const { page, complaints } = await openPage(site.url);
    await page.locator('#waterfall svg path').first().waitFor();
    expect(await page.locator('#about').innerText()).toMatch(/40 trees, 9 features; .*WebAssembly with SIMD/);
    const { values } = JSON.parse(readFileSync(join(generated, 'visit.json'), 'utf8')) as { values: Values };
    const [[base, score, ...contributions]] = answersHere(readFileSync(join(generated, 'model.json')), [values], 'wasm') as [
      [number, number, ...number[]],
    ];
    expect(await digitsOf(page)).toEqual([base, ...contributions, score]);
    expect(await page.locator('#waterfall svg path').count()).toBe(9);
    const picture = page.getByRole('img', { name: /^From base −2\.29 to score 0\.0\d+$/ });
    expect(await picture.count()).toBe(1);

    await page.getByLabel('items in cart').fill('0');
    const [emptied] = answersHere(readFileSync(join(generated, 'model.json')), [[0, ...values.slice(1)]], 'wasm');
    expect((await digitsOf(page)).at(-1)).toBe(emptied![1]);
    expect(emptied![1]).toBeLessThan(score);
    expect(complaints).toEqual([]);
  });

  it('opens a file of the reader’s, and says what is wrong with one that is no model', async () => {
    const { page, complaints } = await openPage(site.url);
    await page.locator('#waterfall svg').waitFor({ timeout: 5_000 });
    await page.locator('#file').setInputFiles({
      name: 'forest.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from(readFixture('lightgbm-categories-text').model),
    });
    await page.getByText(/^forest\.txt: \d+ trees, 5 features/).waitFor();
    await page
      .locator('#file')
      .setInputFiles({ name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff]) });
    await page
      .getByRole('alert')
      .getByText(/^holiday\.jpg: .*no known format recognises it/)
      .waitFor();
    expect(complaints).toEqual([]);
  });

  it('gives the bits of Node’s WebAssembly for every row of every library’s model', async () => {
    const { page } = await openPage(site.url);
    for (const name of models) {
      const { model, values, expected } = readFixture(name);
      const { backend, answers } = await answersThere(page, model, values, expected.base_margin);
      expect([name, backend]).toEqual([name, 'wasm']);
      expect(answers.length).toBeGreaterThan(20);
      const here = answersHere(model, values, 'wasm', expected.base_margin);
      expect(answers).toEqual(here);
      // The last bit of one contribution would be noticed.
      const place = here[0]!.findLastIndex((x) => x !== 0);
      here[0]![place]! *= 1 + Number.EPSILON;
      expect(answers).not.toEqual(here);
    }
  });

  it('reads the picture of a hostile model as well-formed XML, whose text stays text', async () => {
    const { page } = await openPage(site.url);
    const names = [
      '<script>document.title = "taken"</script>',
      '"><img src=x onerror=alert(1)>',
      '\u001b[31m\u0000',
      ']]>&lt;',
      '\ud800',
    ];
    const drawn = await page.evaluate<{ broken: number; foreign: number; texts: string[] }>(`(async (names) => {
      const { waterfallSvg } = await import('/node_modules/@tillcast/trees/dist/index.js');
      const svg = waterfallSvg(names.map((_, place) => 5 - place), { base: 0, names, width: 2000 });
      const picture = new DOMParser().parseFromString(svg, 'image/svg+xml');
      const count = (selector) => picture.querySelectorAll(selector).length;
      return { broken: count('parsererror'), foreign: count('script, img, [onerror]'), texts: Array.from(picture.querySelectorAll('g > text:first-of-type'), (text) => text.textContent) };
    })(${JSON.stringify(names)})`);
    expect(drawn).toEqual({
      broken: 0,
      foreign: 0,
      texts: ['base', names[0], names[1], '\ufffd[31m\ufffd', names[3], '\ufffd', 'score'],
    });
  });

  it('answers by the TypeScript path where the content policy allows no WebAssembly', async () => {
    const strict = await servePage({ packageFolder, policy: "script-src 'self'" });
    try {
      const { page } = await openPage(strict.url);
      await page.locator('#waterfall svg').waitFor({ timeout: 5_000 });
      expect(await page.locator('#about').innerText()).toMatch(/plain JavaScript/);
      const { model, values, expected } = readFixture('sklearn-forest-deep');
      const { backend, answers } = await answersThere(page, model, values, expected.base_margin);
      expect(backend).toBe('typescript');
      expect(answers).toEqual(answersHere(model, values, 'typescript', expected.base_margin));
    } finally {
      await strict.close();
    }
  });
});
