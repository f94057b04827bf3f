import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DecideAnswer, DecideAnswer as DecideAnswerSchema } from '@tillcast/api/decide';
import { Problem } from '@tillcast/api/problem';
import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { exportUnits } from '../../src/uplift/export-units.ts';
import { readUnits } from '../../src/uplift/read-units.ts';
import { writePolicy } from '../../src/uplift/write-policy.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question } from '../toys/toy-service.ts';

const faultsOfAnswer = compileChecker(DecideAnswerSchema);
const faultsOfProblem = compileChecker(Problem);
const folder = mkdtempSync(join(tmpdir(), 'tillcast-policies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A coupon is worth price / 100 − 2: it pays from a price of 200 on. */
const byPrice = {
  constant: -2,
  terms: [
    {
      ...{ weight: 1, link: 'identity' },
      linear: { intercept: 0, clip: 1e9, columns: [{ curve: 'plain', mean: 0, scale: 1, coefficient: 0.01, missing: 0 }] },
    },
  ],
};
const policy = (name: string, explorationShare: number) => ({
  ...{ name, features: ['price'], exploration_share: explorationShare, salt: name },
  treatments: [
    {
      ...{ name: 'coupon', cost: 4, shrinkage: { mean: 0, centre: 0, slope: 1 } },
      mix: [{ learner: 'dr_ridge', weight: 1, effect: byPrice }],
    },
  ],
});

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  writePolicy(folder, policy('by-price', 0));
  writePolicy(folder, policy('by-lot', 1));
  service = await openToyService({ models: toyRegistry([toyBundle('v1')]), settings: { policies: folder } });
});

const ask = async (over: Record<string, unknown>): Promise<DecideAnswer> => {
  const response = await service.post('/v1/decide', question(over));
  expect(response.statusCode, response.body).toBe(200);
  const answer = response.json<DecideAnswer>();
  expect(faultsOfAnswer(answer)).toEqual([]);
  return answer;
};

describe('POST /v1/decide', () => {
  it('treats whom it pays to treat, and nobody else', async () => {
    const dear = await ask({ policy: 'by-price', price: 300 });
    expect(dear).toMatchObject({ action: 'treat', treatment: 'coupon', propensity: 1, policy: { name: 'by-price', version: 1 } });
    expect(dear.expected_profit_effects.coupon).toBeCloseTo(1, 5);
    expect(await ask({ policy: 'by-price', price: 100 })).toMatchObject({
      action: 'do_not_treat',
      treatment: null,
      propensity: 1,
    });
  });

  it('spends a budget where it brings most, and says what money must bring', async () => {
    // At a cost of 4 and a price of 0.5 a coupon must add more than 2: from a price of 400 on.
    writePolicy(folder, { ...policy('on-budget', 0), budget: { amount: 400, shoppers: 1_000, price: 0.5, tie_share: 0 } });
    expect(await ask({ policy: 'on-budget', price: 300 })).toMatchObject({ action: 'do_not_treat', budget_price: 0.5 });
    expect(await ask({ policy: 'on-budget', price: 500 })).toMatchObject({ action: 'treat', treatment: 'coupon' });
    // The control: without the budget the first one was treated.
    expect(await ask({ policy: 'by-price', price: 300 })).toMatchObject({ action: 'treat' });
  });

  it('explores by lot, the same shopper always alike, with the chance it says', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask({ policy: 'by-lot', user_id: `lot-${i}` })));
    expect(new Set(answers.map(({ action, propensity }) => `${action} ${propensity}`))).toEqual(new Set(['explore 0.5']));
    const treated = answers.filter(({ treatment }) => treatment === 'coupon').length;
    expect(Math.abs(treated - 100)).toBeLessThan(30);
    expect((await ask({ policy: 'by-lot', user_id: 'lot-7' })).treatment).toBe(answers[7]!.treatment);
  });

  it('logs the decision with its chances, on the line that its outcome will be written to', async () => {
    const { prediction_id: id, treatment } = await ask({ policy: 'by-lot', user_id: 'logged' });
    const line = await vi.waitFor(async () => {
      const found = await service.predictions.log.find('default', id);
      expect(found).toBeDefined();
      return found;
    });
    expect(line!.record.decision).toEqual({
      ...{ policy: 'by-lot', version: 1, explored: true, propensity: 0.5, propensities: Float64Array.of(0.5) },
      ...(treatment === null ? {} : { treatment }),
    });
  });

  it('serves a new version without a restart', async () => {
    writePolicy(folder, {
      ...policy('by-price', 0),
      treatments: policy('by-price', 0).treatments.map((one) => ({ ...one, shrinkage: { mean: -9, centre: 0, slope: 0 } })),
    });
    service.clock.nowMs += 2_000;
    expect(await ask({ policy: 'by-price', price: 300 })).toMatchObject({ action: 'do_not_treat', policy: { version: 2 } });
  });

  it('says what is missing where no policy can be asked', async () => {
    const none = await service.post('/v1/decide', question({ policy: 'nothing-here' }));
    expect(none.statusCode).toBe(404);
    expect(faultsOfProblem(none.json())).toEqual([]);
    expect(none.body).toContain('tillcast uplift train');
    expect((await service.post('/v1/decide', question({ policy: '../keys' }))).statusCode).toBe(400);
  });

  it('refuses a policy file that cannot be believed, and half a policy is none', async () => {
    mkdirSync(join(folder, 'broken', '1'), { recursive: true });
    expect((await service.post('/v1/decide', question({ policy: 'broken' }))).statusCode).toBe(404);
    const spoilt = { ...policy('broken', 0), schema: 1, version: 1, exploration_share: 2 };
    writeFileSync(join(folder, 'broken', '1', 'policy.json'), JSON.stringify(spoilt));
    const answer = await service.post('/v1/decide', question({ policy: 'broken' }));
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.body).toContain('exploration_share');
  });

  it('writes the units of its decisions once their horizon has closed: one a shopper', async () => {
    const out = join(folder, 'units.parquet');
    const options = {
      out,
      policy: 'by-lot',
      treatments: ['coupon'],
      earning: 30,
      nowMs: 1e14,
      discounts: { coupon: 4 },
      sending: { coupon: 1 },
    };
    await expect(exportUnits({ log: service.predictions.log, ...options })).rejects.toThrow(/horizon has closed/);
    service.clock.nowMs += 2 * 86_400_000;
    await service.keeping.labels.run();
    const written = await exportUnits({ log: service.predictions.log, ...options });
    expect(written).toEqual({ units: 201, waiting: 0, again: 1, heldOut: 0 });
    const units = await readUnits({ file: out, arms: ['nobody', 'coupon'], features: ['price'] });
    expect(units.count).toBe(201);
    expect(new Set(units.propensities)).toEqual(new Set([0.5]));
    for (let unit = 0; unit < 201; unit++) expect(units.profit[unit]).toBe(units.arm[unit] === 1 ? -1 : 0);
  });

  it('and what each brought by the items it bought, returns taken off; unknown margins are refused with their number', async () => {
    const out = join(folder, 'units-by-item.parquet');
    const shared = {
      out,
      policy: 'by-lot',
      treatments: ['coupon'],
      discounts: { coupon: 4 },
      sending: { coupon: 1 },
      nowMs: 1e14,
    };
    const at = { tenant: 'default', eventTimeMs: fridayEvening + 600_000, receivedAtMs: fridayEvening + 600_000 };
    const buys = (eventId: string, userId: string) => ({
      ...{ ...at, eventId, event: 'purchase' as const, userId, items: [{ itemId: 'p1', price: 50, quantity: 2 }] },
    });
    const back = {
      ...buys('back', 'lot-2'),
      event: 'refund' as const,
      eventTimeMs: at.eventTimeMs + 1,
      receivedAtMs: at.receivedAtMs + 1,
    };
    const events = memoryEventLog();
    await events.append([buys('b1', 'lot-1'), buys('b2', 'lot-2'), back]);
    const log = service.predictions.log;
    const marginOf = ({ items }: ShopEvent) => items.reduce((sum, { price = 0, quantity }) => sum + 0.4 * price * quantity, 0);
    expect(await exportUnits({ log, ...shared, earning: { events, marginOf } })).toMatchObject({ units: 201 });
    const units = await readUnits({ file: out, arms: ['nobody', 'coupon'], features: ['price'] });
    const profits = [...units.profit].map((profit, unit) => profit + (units.arm[unit] === 1 ? 1 : 0));
    // 40 % of 100, less the coupon where there was one; what went back earned nothing, and took its discount along.
    expect(profits.filter((profit) => profit !== 0)).toEqual([expect.toBeOneOf([40, 36])]);
    expect(units.bought.reduce((sum, one) => sum + one, 0)).toBe(2);
    const unknown = exportUnits({ log, ...shared, earning: { events, marginOf: () => undefined } });
    await expect(unknown).rejects.toThrow(/orders of 1 of 201 units .* u:lot-1: .*shop\.margin/);
  });
});
