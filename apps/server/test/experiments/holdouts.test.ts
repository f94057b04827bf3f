import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecideAnswer } from '@tillcast/api/decide';
import type { PredictAnswer } from '@tillcast/api/predict';
import type { RoiAnswer } from '@tillcast/api/reports';
import { isHeldOut } from '@tillcast/core/experiments/assign';
import { checkSplit } from '@tillcast/core/experiments/statistics/srm';
import { noSettings, type ShopSettings } from '@tillcast/core/shop/settings';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { exportUnits } from '../../src/uplift/export-units.ts';
import { readUnits } from '../../src/uplift/read-units.ts';
import { writePolicy } from '../../src/uplift/write-policy.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question } from '../toys/toy-service.ts';
import { bundleOf, reference } from './toy-members.ts';

type Service = Awaited<ReturnType<typeof openToyService>>;
const holdout = { name: 'global', share: 0.3 };
const isOut = (device: string): boolean => isHeldOut(holdout, `a:${device}`);

async function run(service: Service, config: { experiment_id: string }): Promise<void> {
  const created = await service.post('/v1/experiments', config);
  expect(created.statusCode, created.body).toBe(201);
  const started = await service.post(`/v1/experiments/${config.experiment_id}/start`, {});
  expect(started.statusCode, started.body).toBe(200);
  // The next one is started later: the order in which they have an answer.
  service.clock.nowMs += 1;
}
const asked = (service: Service, device: string, over: object = {}) =>
  service.post('/v1/predict', question({ user_id: undefined, anonymous_id: device, explain: false, ...over }));

/** Devices by variant, held out ones by `''`, as they are logged. */
async function logged(service: Service, experimentId: string): Promise<Record<string, string[]>> {
  await service.experiments.settle();
  const found: Record<string, string[]> = {};
  for await (const page of service.stores.exposures.read({ tenant: 'default', experimentId }))
    for (const { key, variant = '' } of page) found[variant] = [...(found[variant] ?? []), key.slice(2)];
  return found;
}

describe('a unit that is held out counts where it would have been exposed, and nowhere else', () => {
  const devices = Array.from({ length: 60 }, (_, n) => `d${n}`);

  it('by model: not where its variant’s model is gone, where another target is asked, or where the experiment started first has the answer', async () => {
    const models = toyRegistry([bundleOf('v1', ['catboost', 'xgboost'])]);
    const registry = { ...models.registry };
    const service = await openToyService({ models: { ...models, registry } });
    await run(service, { ...reference, holdout } as typeof reference);
    await run(service, { ...reference, experiment_id: 'later', holdout } as typeof reference);
    await run(service, { ...reference, experiment_id: 'other', holdout: { name: 'another', share: 0.5 } } as typeof reference);
    for (const device of devices) await asked(service, device, { target: 'session' });
    expect(await logged(service, reference.experiment_id)).toEqual({});
    for (const device of devices) await asked(service, device);
    const { '': held = [], ...exposed } = await logged(service, reference.experiment_id);
    expect(new Set(held)).toEqual(new Set(devices.filter(isOut)));
    expect(Object.values(exposed).flat().length).toBe(devices.length - held.length);
    // Without the holdout the experiment before it would have answered for all of these, as it does for the others.
    expect(await logged(service, 'later')).toEqual({});
    // Under a holdout of its own: the first experiment leaves it whom it holds out, exposed or not.
    const other = await logged(service, 'other');
    expect(new Set(Object.values(other).flat())).toEqual(new Set(held));
    expect(other['']!.length).toBeGreaterThan(0);

    const broken = await openToyService({ models: { ...models, registry } });
    registry.open = async () => Promise.reject(new Error('gone'));
    await run(broken, { ...reference, holdout } as typeof reference);
    for (const device of devices) await asked(broken, device);
    expect(await logged(broken, reference.experiment_id)).toEqual({});
  });

  it('by share: at the moment the share reaches it', async () => {
    const service = await openToyService();
    const config = { experiment_id: 'rising', variants: ['a', 'b'], exposure_share: 0.2, holdout };
    await run(service, config);
    for (const device of devices) await asked(service, device);
    const { '': before = [] } = await logged(service, 'rising');
    service.clock.nowMs += 3_600_000;
    const put = { method: 'PUT', url: '/v1/experiments/rising' } as const;
    const edited = await service.app.inject({ ...put, payload: { config: { ...config, exposure_share: 1 } } });
    expect(edited.statusCode, edited.body).toBe(200);
    for (const device of devices) await asked(service, device, { event_time: undefined });
    const { '': after = [], ...exposed } = await logged(service, 'rising');
    expect([before.length < after.length / 2, after.length]).toEqual([true, devices.filter(isOut).length]);
    expect(Object.values(exposed).flat().length).toBe(devices.length - after.length);
    for await (const page of service.stores.exposures.read({ tenant: 'default', experimentId: 'rising' }))
      for (const { key, exposedAtMs } of page)
        if (isOut(key.slice(2))) expect(exposedAtMs > fridayEvening + 60_000).toBe(!before.includes(key.slice(2)));
  });
});

/** A coupon is always worth 3: the policy wants to treat everybody, and explores with half of them. */
const policy = (explorationShare: number) => ({
  ...{ name: 'always', features: ['price'], exploration_share: explorationShare, salt: 'always' },
  treatments: [
    {
      ...{ name: 'coupon', cost: 1, shrinkage: { mean: 3, centre: 0, slope: 0 } },
      mix: [
        {
          ...{ learner: 'dr_ridge', weight: 1 },
          effect: {
            constant: 0,
            terms: [
              {
                ...{ weight: 1, link: 'identity' },
                linear: { intercept: 0, clip: 1e9, columns: [{ curve: 'plain', mean: 0, scale: 1, coefficient: 0, missing: 0 }] },
              },
            ],
          },
        },
      ],
    },
  ],
});

const shop: ShopSettings = { ...noSettings, currency: 'EUR', margin: 0.5, servingCostPerDay: 0, treatmentCosts: new Map() };
const folder = mkdtempSync(join(tmpdir(), 'tillcast-holdouts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writePolicy(folder, policy(0.5));

async function openDeciding(settings: ShopSettings = shop) {
  const service = await openToyService({
    models: toyRegistry([bundleOf('v1', ['catboost', 'xgboost'])]),
    settings: { policies: folder, shop: settings },
  });
  const decide = async (device: string): Promise<DecideAnswer> => {
    const response = await service.post('/v1/decide', question({ user_id: undefined, anonymous_id: device, policy: 'always' }));
    expect(response.statusCode, response.body).toBe(200);
    return response.json();
  };
  return { service, decide };
}
const banner = { experiment_id: 'banner', variants: ['plain', 'blue'], exposure_share: 0.3, holdout };

/** Waits until so many decisions are on disk. */
const written = (service: Service, decisions: number): Promise<void> =>
  vi.waitFor(async () => {
    let found = 0;
    for await (const batch of service.predictions.log.read({ decided: true })) found += batch.length;
    expect(found).toBe(decisions);
  });

describe('POST /v1/decide', () => {
  const devices = Array.from({ length: 300 }, (_, n) => `c${n}`);

  it('treats nobody whom a holdout of a running experiment keeps out, says so, and logs it with its chances', async () => {
    const { service, decide } = await openDeciding();
    expect((await decide('before')).holdouts).toBeUndefined();
    await run(service, banner);
    const answers = new Map<string, DecideAnswer>();
    for (const device of devices) answers.set(device, await decide(device));
    const held = devices.filter(isOut);
    expect(held.length).toBeGreaterThan(60);
    for (const device of held) {
      expect(answers.get(device)).toMatchObject({
        action: 'held_out',
        treatment: null,
        propensity: 1,
        propensities: { coupon: 0 },
      });
      expect(answers.get(device)!.holdouts).toEqual({ global: true });
    }
    const others = devices.filter((device) => !isOut(device)).map((device) => answers.get(device)!);
    expect(new Set(others.map(({ propensities }) => propensities.coupon))).toEqual(new Set([0.75]));
    expect(others.every(({ action, holdouts }) => action !== 'held_out' && holdouts?.global === false)).toBe(true);
    const { prediction_id: id } = answers.get(held[0]!)!;
    const line = await vi.waitFor(
      async () => (await service.predictions.log.find('default', id)) ?? Promise.reject(new Error('not yet')),
    );
    expect(line.record.decision).toMatchObject({ explored: false, propensity: 1, holdouts: { global: true } });
    expect(line.record.decision!.treatment).toBeUndefined();
    const shown = (await service.get(`/v1/predictions/${id}`)).json();
    expect(shown.decision.holdouts).toEqual({ global: true });
    await service.post('/v1/experiments/banner/stop', {});
    expect((await decide(held[0]!)).action).not.toBe('held_out');
  });

  it('is valued without those held out: arms come as often as their chances say; planted: counted as decided, they do not', async () => {
    const { service, decide } = await openDeciding();
    await run(service, banner);
    for (const device of devices) await decide(device);
    await written(service, devices.length);
    service.clock.nowMs += 2 * 86_400_000;
    await service.keeping.labels.run();
    const out = join(folder, 'units.parquet');
    const options = {
      out,
      policy: 'always',
      treatments: ['coupon'],
      earning: 30,
      nowMs: service.clock.nowMs,
      discounts: { coupon: 0 },
      sending: { coupon: 1 },
    };
    const { log } = service.predictions;
    const rungs = async (source: Pick<typeof log, 'read'>): Promise<[counts: number[], isAlarm: boolean]> => {
      await exportUnits({ log: source, ...options });
      const { arm, propensities, count } = await readUnits({ file: out, arms: ['nobody', 'coupon'], features: ['price'] });
      const given = arm.reduce((sum, one) => sum + one, 0);
      const expected = Array.from({ length: count }, (_, unit) => propensities[2 * unit + 1]!).reduce((sum, one) => sum + one, 0);
      return [[count - given, given], checkSplit([count - given, given], [count - expected, expected]).isAlarm];
    };
    expect(await exportUnits({ log, ...options })).toMatchObject({ heldOut: devices.filter(isOut).length, again: 0 });
    expect((await rungs(log))[1]).toBe(false);
    // The fault: whoever is held out is logged as a decision of the policy to give nothing.
    const asDecided: Pick<typeof log, 'read'> = {
      async *read(query) {
        for await (const batch of log.read(query))
          yield batch.map((one) => {
            const { holdouts: _, ...decision } = { ...one.record.decision!, propensities: Float64Array.of(0.75) };
            return { ...one, record: { ...one.record, decision } };
          });
      },
    };
    expect((await rungs(asDecided))[1]).toBe(true);
  });
});

describe('the ledger of a holdout', () => {
  const roi = async (service: Service, decisions: number): Promise<RoiAnswer> => {
    await written(service, decisions);
    const response = await service.get('/v1/reports/roi');
    expect(response.statusCode, response.body).toBe(200);
    return response.json();
  };
  const holdoutLine = ({ lines }: RoiAnswer) => lines.find(({ id }) => id === 'holdout:global')!;
  const costs = new Map([['coupon', { fixed: 1, shareOfValue: 0 }]]);

  it('holds what decisions gave against those it kept out of them: everybody decided about is in it, and every treatment is paid', async () => {
    const { service, decide } = await openDeciding({ ...shop, treatmentCosts: costs });
    await run(service, banner);
    let [treated, held, given] = [0, 0, 0];
    const events: object[] = [];
    for (let n = 0; n < 200; n++) {
      const device = `l${n}`;
      service.clock.nowMs += 1_000;
      const { action, treatment } = await decide(device);
      if (n % 2 === 0) await asked(service, device);
      if (action === 'held_out') held++;
      else treated++;
      if (treatment === 'coupon') given++;
      const isBought = treatment === 'coupon' ? n % 4 !== 0 : n % 4 === 0;
      if (isBought)
        events.push({
          ...{ event_id: `b${n}`, event: 'purchase', anonymous_id: device, transaction_id: `t${n}`, value: 40 },
          event_time: new Date(service.clock.nowMs + 10).toISOString(),
          items: [{ item_id: 'p', price: 40, quantity: 1 }],
        });
    }
    service.clock.nowMs += 1_000;
    expect((await service.post('/v1/events', events)).json().accepted).toBe(events.length);
    service.clock.nowMs += 3 * 86_400_000;
    const answer = await roi(service, 200);
    const line = holdoutLine(answer);
    expect([line.treated_units, line.reference_units, line.crossed_units]).toEqual([treated, held, 0]);
    expect(line.days.at(-1)!.treatment_cost_cents).toBe(100 * given);
    expect(answer.assumptions.map(({ name }) => name)).toContain('treatment_costs.coupon.fixed');
    // Decisions are drawn alike in both arms of an experiment: there they cost nothing that the other arm does not.
    expect(answer.lines.find(({ id }) => id === 'experiment:banner')!.days.at(-1)?.treatment_cost_cents ?? 0).toBe(0);
  });

  it('is not measurable where nobody says what a decided treatment costs', async () => {
    const { service, decide } = await openDeciding();
    await run(service, banner);
    for (let n = 0; n < 20; n++) await decide(`f${n}`);
    service.clock.nowMs += 86_400_000;
    expect(holdoutLine(await roi(service, 20)).verdict).toMatch(/what coupon costs.*shop\.treatment_costs\.coupon/);
  });

  it('is refused where decisions treat whom it holds out', async () => {
    const { service, decide } = await openDeciding({ ...shop, treatmentCosts: costs });
    await run(service, banner);
    for (let n = 0; n < 100; n++) await decide(`x${n}`);
    await written(service, 100);
    const records = [];
    for await (const batch of service.predictions.log.read({ decided: true })) records.push(...batch.map(({ record }) => record));
    const leaked = records
      .filter(({ decision }) => decision!.holdouts!.global)
      .slice(0, 10)
      .map((record, n) => ({
        ...{ ...record, predictionId: `leak-${n}`, askedAtMs: record.askedAtMs + 1 },
        decision: { ...record.decision!, treatment: 'coupon', holdouts: { global: false } },
      }));
    await service.predictions.log.append(leaked);
    service.clock.nowMs += 2 * 86_400_000;
    expect(holdoutLine(await roi(service, 110)).verdict).toMatch(/holdout leaks into the treatment/);
  });
});

it('an answer of a held-out shopper says nothing of an experiment', async () => {
  const service = await openToyService();
  await run(service, { ...banner, exposure_share: 1 } as typeof banner);
  const device = Array.from({ length: 50 }, (_, n) => `q${n}`).find(isOut)!;
  const answer: PredictAnswer = (await asked(service, device)).json();
  expect([answer.ab_test_variant, answer.experiments]).toEqual([undefined, undefined]);
});
