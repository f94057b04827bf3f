import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEvent } from '@tillcast/core/events/parse-event';
import { noSettings } from '@tillcast/core/shop/settings';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataDir } from '../../src/cli/data-dir.ts';
import { openEventLog, openExperimentStore, openExposureLog } from '../../src/compose.ts';
import { withOverrides } from '../../src/money/costs.ts';
import { at } from './coupon-shop.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-roi-'));
afterAll(() => rmSync(root, { recursive: true }));
const data = join(root, 'data');
const bin = join(import.meta.dirname, '..', '..', 'bin', 'tillcast.mjs');
const startMs = Date.parse('2026-11-02T08:00:00Z');
const hourMs = 3_600_000;

function tillcast(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'roi', ...args, '--data', data], {
    ...{ cwd: root, encoding: 'utf8', env: { ...process.env, DATABASE_URL: '' } },
  });
  return { status, stdout, stderr };
}

/** Forty devices, half of them with free shipping, which four in five of them answer with an order of 50. */
async function fill(): Promise<void> {
  const dir = openDataDir(data);
  const [events, exposures, store] = [openEventLog(dir, {}), openExposureLog(dir, {}), openExperimentStore(dir, {})];
  const config = {
    ...{ experiment_id: 'shipping', variants: ['paid', { name: 'free', treatment: { kind: 'offer', id: 'free-shipping' } }] },
    ...{ primary_metric: 'margin', maturity: 'P1D' },
  };
  const change = { tenant: 'default', id: 'shipping', config, by: 'ana', why: '' };
  await store.append({ ...change, serial: 1, version: 1, state: 'draft', change: 'created', atMs: startMs - 2 });
  await store.append({
    ...{ ...change, serial: 2, version: 2, state: 'running', change: 'started', atMs: startMs - 1, startedAtMs: startMs - 1 },
  });
  for (let n = 0; n < 40; n++) {
    const variant = n % 2 === 0 ? 'paid' : 'free';
    const exposedAtMs = startMs + n * hourMs;
    const unit = `a:d${n}`;
    await exposures.record([{ tenant: 'default', experimentId: 'shipping', key: unit, unit, variant, exposedAtMs }]);
    if (n % 2 === 0 ? n % 10 !== 0 : n % 5 === 0) continue;
    const body = {
      ...{ event_id: `b${n}`, event: 'purchase', anonymous_id: `d${n}`, event_time: at(exposedAtMs + 1_000) },
      ...{ transaction_id: `t${n}`, value: 50, items: [{ item_id: 'p', price: 50, quantity: 1 }] },
    };
    const parsed = parseEvent(body, { tenant: 'default', receivedAtMs: exposedAtMs + 2_000 });
    if (!('event' in parsed)) throw new Error(JSON.stringify(parsed));
    await events.append([parsed.event]);
  }
  await Promise.all([events.close(), exposures.close(), store.close()]);
}

describe('tillcast roi', () => {
  it('books by flags as by settings, to the digest, writes the rows, and refuses with field and remedy', async () => {
    await fill();
    const told = ['--margin', '0.4', '--treatment-cost', 'free-shipping=1.5', '--serving-cost-per-day', '0.5'];
    const asOf = ['--as-of', '2026-11-20T00:00:00Z'];
    const csv = join(root, 'roi.csv');
    const first = tillcast(...told, ...asOf, '--csv', csv, '--json');
    expect(first.status, first.stderr).toBe(0);
    const answer = JSON.parse(first.stdout);
    // 16 of 20 against 4 of 20 bought, 2,000 cents each; 20 times 150 cents.
    expect(answer.lines[0]).toMatchObject({ treated_units: 20, reference_units: 20 });
    expect(answer.lines[0].net_cents[0]).toBeCloseTo(12 * 2_000 - 20 * 150, 2);
    expect(answer.total.net_cents[0]).toBeCloseTo(12 * 2_000 - 20 * 150 - answer.total.serving_cost_cents, 2);
    const rows = readFileSync(csv, 'utf8').trimEnd().split('\r\n');
    expect(rows.length).toBe(1 + answer.lines[0].days.length + answer.total.days.length);

    const settings = 'shop: {margin: 0.4, serving_cost_per_day: 0.5, treatment_costs: {free-shipping: 1.5}}\n';
    writeFileSync(join(root, 'tillcast.yaml'), settings);
    const shown = tillcast(...asOf).stdout;
    expect(shown).toContain(`digest ${answer.digest}`);
    expect(shown).toMatch(/net +20\d\.\d\d/);
    expect(shown).toMatch(/Assumptions:\n {2}margin = 0\.4/);

    const refused = tillcast('--margin', '-0.2', '--json');
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/--margin is -0.2; give a share of the price above 0/);
  }, 120_000);

  it.each([
    [{ margin: 1.5 }, /--margin is 1.5; give a share/],
    [{ servingCostPerDay: -1 }, /--serving-cost-per-day is -1; give an amount from 0/],
    [{ fixed: { coupon: -2 } }, /--treatment-cost coupon is -2/],
    [{ shareOfValue: { coupon: 1.5 } }, /--discount coupon is 1.5; give a share from 0 to 1/],
  ])('refuses %o', (told, message) => {
    expect(() => withOverrides(noSettings, told)).toThrow(message);
  });
});
