import type { RoiAnswer, RoiLine } from '@tillcast/api/reports';
import { noSettings } from '@tillcast/core/shop/settings';
import { describe, expect, it } from 'vitest';
import { fridayEvening, openToyService } from '../toys/toy-service.ts';
import { at, experiment, openCouponShop, type Side, shop } from './coupon-shop.ts';

type Shop = Awaited<ReturnType<typeof openCouponShop>>;

async function roi({ service }: Pick<Shop, 'service'>, query = ''): Promise<RoiAnswer> {
  const response = await service.get(`/v1/reports/roi${query}`);
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}
const lineOf = ({ lines }: RoiAnswer, id: string): RoiLine => lines.find((one) => one.id === id)!;

/** The ledger by hand: 40 an order at a margin of one half; the coupon costs 10 cents and a tenth of the order. */
function byHand(treated: Side, reference: Side, hasCoupon: boolean) {
  const incremental = 2_000 * (treated.buyers - (reference.buyers / reference.units) * treated.units);
  const [fixed, discount] = hasCoupon ? [10 * treated.units, 400 * treated.buyers] : [0, 0];
  return { incremental, fixed, discount, net: incremental - fixed - discount };
}

describe('the ledger over HTTP', () => {
  it('books what a calculation by hand says: everybody against the holdout, the coupon against the control', async () => {
    const world = await openCouponShop();
    const { sides } = world;
    const [plain, coupon, held] = [sides.plain!, sides.coupon!, sides['held out']!];
    const answer = await roi(world);

    const detail = lineOf(answer, 'experiment:coupons');
    const hand = byHand(coupon, plain, true);
    expect([detail.treated_units, detail.reference_units, detail.in_total]).toEqual([coupon.units, plain.units, false]);
    expect(detail.incremental_margin_cents![0]).toBeCloseTo(hand.incremental, 1);
    expect(detail.net_cents![0]).toBeCloseTo(hand.net, 1);
    expect(detail.days.at(-1)).toMatchObject({ treatment_cost_cents: hand.fixed, discount_cost_cents: hand.discount });

    const total = lineOf(answer, 'holdout:global');
    const all = { units: plain.units + coupon.units, buyers: plain.buyers + coupon.buyers };
    const incremental = byHand(all, held, false).incremental;
    expect([total.treated_units, total.reference_units]).toEqual([all.units, held.units]);
    expect(total.incremental_margin_cents![0]).toBeCloseTo(incremental, 1);
    // From Friday to Saturday night: two days of the calendar until the last window closed, on Sunday.
    const servingCents = 100 * (1 + Math.round((Date.parse(total.days.at(-1)!.day) - Date.parse('2026-11-20')) / 86_400_000));
    expect(answer.total!.serving_cost_cents).toBe(servingCents);
    expect(answer.total!.net_cents[0]).toBeCloseTo(incremental - hand.fixed - hand.discount - servingCents, 1);
    expect([answer.state, answer.currency, answer.is_complete]).toEqual(['measured', 'EUR', true]);
    expect(JSON.stringify(answer)).not.toMatch(/p.?value|\bp [=<]/i);
  });

  it('replays: the same moment gives the same digest, whatever came later; an earlier one knows less', async () => {
    const world = await openCouponShop({ devices: 120 });
    const moment = at(fridayEvening + 25 * 3_600_000);
    const first = await roi(world, `?as_of=${moment}`);
    const late = { event_id: 'late', event: 'purchase', anonymous_id: 'd1', event_time: at(fridayEvening + 120_000) };
    await world.service.post('/v1/events', [
      { ...late, transaction_id: 'late', value: 4_000, items: [{ item_id: 'p', price: 4_000, quantity: 1 }] },
    ]);
    await world.service.post('/v1/experiments/coupons/stop', {});
    const items = await world.service.post('/v1/items', [
      { item_id: 'p', cost: 39, currency: 'EUR', valid_from: '2026-01-01T00:00:00Z' },
    ]);
    expect(items.json(), items.body).toMatchObject({ accepted: 1 });
    expect(await roi(world, `?as_of=${moment}`)).toEqual(first);
    const now = await roi(world);
    expect(now.digest).not.toBe(first.digest);
    expect(lineOf(now, 'experiment:coupons').waiting_units).toBe(0);
    expect(lineOf(first, 'experiment:coupons').waiting_units).toBeGreaterThan(0);
    const before = await roi(world, `?as_of=${at(fridayEvening - 1)}`);
    expect([before.state, before.lines]).toEqual(['not_measurable', []]);
    expect((await world.service.get('/v1/reports/roi?as_of=yesterday')).statusCode).toBe(400);
  });

  it('hands its rows out as CSV', async () => {
    const world = await openCouponShop({ devices: 60 });
    const response = await world.service.get('/v1/reports/roi?format=csv');
    expect(response.headers['content-type']).toMatch(/^text\/csv/);
    const [head, ...rows] = response.body.trimEnd().split('\r\n');
    expect(head).toMatch(/^line,day,treated_units,reference_units,incremental_margin_cents,/);
    const { lines, total } = await roi(world);
    expect(rows.length).toBe(lines.reduce((sum, { days }) => sum + days.length, 0) + (total?.days.length ?? 0));
    for (const row of rows) expect(row.split(',').length).toBe(head!.split(',').length);
  });
});

describe('a ledger that cannot say', () => {
  it('answers not measurable, with the reason, where nothing ran, costs are missing, or margins unknown', async () => {
    const nothing = await roi({ service: await openToyService() });
    expect(nothing).toMatchObject({
      state: 'not_measurable',
      total: null,
      verdict: expect.stringMatching(/no experiment.*power/),
    });

    const free = await openCouponShop({ devices: 40, settings: { ...shop, treatmentCosts: new Map() } });
    const unpriced = await roi(free);
    expect(lineOf(unpriced, 'holdout:global')).toMatchObject({
      state: 'not_measurable',
      verdict: expect.stringMatching(/what coupon10 costs.*shop\.treatment_costs\.coupon10/),
    });
    expect(unpriced.left_out).toMatchObject([{ id: 'holdout:global' }]);
    expect(unpriced.assumptions.find(({ name }) => name === 'treatment_costs.coupon10.fixed')).toMatchObject({
      ...{ value: null, source: 'missing' },
    });

    const { margin: _, ...unknowing } = shop;
    const unknown = await roi(await openCouponShop({ devices: 40, settings: unknowing }));
    expect(lineOf(unknown, 'experiment:coupons').verdict).toMatch(/nobody says what the orders.*shop\.margin/);

    const { servingCostPerDay: __, ...unpaid } = shop;
    const serving = await roi(await openCouponShop({ devices: 60, settings: unpaid }));
    expect([serving.state, serving.verdict]).toEqual(['not_measurable', expect.stringMatching(/serving_cost_per_day/)]);
  });

  it('says how many shoppers and days are missing, and knows no experiment without settings', async () => {
    const small = await roi(await openCouponShop({ devices: 30, seed: 3 }));
    const line = lineOf(small, 'experiment:coupons');
    expect([line.state, small.state]).toEqual(['not_yet', 'not_yet']);
    expect(line.verdict).toMatch(/^not measurable yet: about \d+ days? and [\d,]+ shoppers more$/);
    expect([line.units_more! > 0, line.days_more! > 0]).toEqual([true, true]);
    const bare = await roi(await openCouponShop({ devices: 20, settings: noSettings }));
    expect(bare.currency).toBeNull();
  });

  it('is refused where the holdout leaks into the treatment', async () => {
    const world = await openCouponShop({ devices: 120 });
    const { exposures } = world.service.stores;
    expect(lineOf(await roi(world), 'holdout:global').verdict).not.toMatch(/leaks/);
    const held: string[] = [];
    for await (const page of exposures.read({ tenant: 'default', experimentId: 'coupons' }))
      for (const one of page) if (one.variant === undefined) held.push(one.key);
    for (const [i, key] of held.slice(0, 12).entries()) {
      // They come back with a login, and are treated under their name.
      const user = `u:${i}`;
      await exposures.record([
        { tenant: 'default', experimentId: 'coupons', key: user, unit: user, variant: 'coupon', exposedAtMs: fridayEvening + 1 },
      ]);
      const login = { event_id: `l${i}`, event: 'login', user_id: `${i}`, anonymous_id: key.slice(2) };
      await world.service.post('/v1/events', [{ ...login, event_time: at(fridayEvening + 2) }]);
    }
    const leaking = lineOf(await roi(world), 'holdout:global');
    expect([leaking.state, leaking.crossed_units]).toEqual(['not_measurable', 12]);
    expect(leaking.verdict).toMatch(/holdout leaks into the treatment/);
  });

  it('is refused where units of the holdout are lost', async () => {
    const world = await openCouponShop({ devices: 300 });
    const { exposures } = world.service.stores;
    // Asking writes the exposures that wait.
    expect(lineOf(await roi(world), 'holdout:global').verdict).not.toMatch(/the split is wrong/);
    const held: string[] = [];
    for await (const page of exposures.read({ tenant: 'default', experimentId: 'coupons' }))
      for (const one of page) if (one.variant === undefined) held.push(one.key);
    for (const key of held.slice(0, held.length / 2)) await exposures.erase('default', key);
    expect(lineOf(await roi(world), 'holdout:global').verdict).toMatch(/the split is wrong/);
  });
});

describe('the books', () => {
  const change = async ({ service }: Shop, over: object) => {
    const { experiment: current } = (await service.get('/v1/experiments/coupons')).json();
    const edited = await service.app.inject({
      ...{ method: 'PUT', url: '/v1/experiments/coupons' },
      payload: { config: { ...current.config, ...over }, why: 'more' },
    });
    expect(edited.statusCode, edited.body).toBe(200);
  };

  it('use a holdout though the share rises: whoever is held out comes in when they would have been exposed', async () => {
    const world = await openCouponShop({ devices: 300, config: { ...experiment, exposure_share: 0.3 } });
    const first = lineOf(await roi(world), 'holdout:global');
    await change(world, { exposure_share: 1 });
    for (let n = 0; n < 300; n++) {
      world.service.clock.nowMs += 1_000;
      await world.service.post('/v1/experiments/coupons/exposures', { anonymous_id: `d${n}` });
    }
    world.service.clock.nowMs += 2 * 86_400_000;
    const after = lineOf(await roi(world), 'holdout:global');
    expect([after.state, after.in_total]).not.toContain('not_measurable');
    expect(after.treated_units + after.reference_units).toBe(300);
    expect(first.treated_units + first.reference_units).toBeLessThan(150);
    // Three tenths are held out, of the first ones and of all: 4 standard deviations.
    for (const { treated_units: treated, reference_units: held } of [first, after])
      expect(Math.abs(held / (treated + held) - 0.3)).toBeLessThan(4 * Math.sqrt(0.21 / (treated + held)));
  });

  it('compare with the control where a holdout cannot stand for those exposed: two shares under its name, or two kinds of units', async () => {
    for (const [other, why] of [
      [{ holdout: { name: 'global', share: 0.1 } }, /coupons and second hold out different shares/],
      [{ unit: 'shopper' }, /coupons and second share the holdout and have different units/],
    ] as const) {
      const world = await openCouponShop({ devices: 40 });
      await world.service.post('/v1/experiments/coupons/stop', {});
      const second = { ...experiment, experiment_id: 'second', salt: 'second', ...other };
      expect((await world.service.post('/v1/experiments', second)).statusCode).toBe(201);
      expect((await world.service.post('/v1/experiments/second/start', {})).statusCode).toBe(200);
      const answer = await roi(world);
      expect(answer.notes[0]).toMatch(why);
      expect(lineOf(answer, 'experiment:coupons').in_total).toBe(true);
      expect(lineOf(answer, 'holdout:global')).toBeUndefined();
    }
  });
});
