import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PredictAnswer } from '@tillcast/api/predict';
import { assign } from '@tillcast/core/experiments/assign';
import { checkSplit } from '@tillcast/core/experiments/statistics/srm';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readExperiment } from '../../src/experiments/read-experiment.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-sets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rule = (id: string, when: string, over = '') => `
  - id: ${id}
    family: price
    when: ${when}
    text: ${id}
    action: act.
    examples: [{ facts: { price: 900 }, fires: true }]
${over}`;
const rules = join(folder, 'rules.yaml');
writeFileSync(
  rules,
  `rules:${rule('everywhere', 'price > 50.0')}${rule('plain', 'price > 500.0', '    sets: [default]\n')}${rule('loud', 'price > 500.0', '    sets: [bold]\n')}${rule('louder', 'price > 800.0', '    sets: [bold, other]\n')}`,
);

const sets = (...ids: string[]) => ids.map((id) => (id === 'default' ? id : { name: id, treatment: { kind: 'insights', id } }));
const holdout = { name: 'quiet', share: 0.25 };
const config = { experiment_id: 'voices', variants: sets('default', 'bold', 'none'), holdout };
const open = () => openToyService({ settings: { rules } });
type Service = Awaited<ReturnType<typeof open>>;

async function run(service: Service, experiment: { experiment_id: string }): Promise<void> {
  expect((await service.post('/v1/experiments', experiment)).statusCode).toBe(201);
  const started = await service.post(`/v1/experiments/${experiment.experiment_id}/start`, {});
  expect(started.statusCode, started.body).toBe(200);
  service.clock.nowMs += 1;
}
const ask = async (service: Service, device: string, over: object = {}): Promise<PredictAnswer> =>
  (await service.post('/v1/predict', question({ user_id: undefined, anonymous_id: device, explain: false, ...over }))).json();
const heard = ({ insights }: PredictAnswer) => insights.map((one) => one.rule);
async function exposed(service: Service, experimentId: string): Promise<Map<string, string>> {
  await service.experiments.settle();
  const found = new Map<string, string>();
  for await (const page of service.stores.exposures.read({ tenant: 'default', experimentId }))
    for (const { key, variant = 'held out' } of page) found.set(key.slice(2), variant);
  return found;
}
const placeOf = (experiment: object, device: string): string => {
  const placed = assign(readExperiment(experiment).experiment!, `a:${device}`);
  return placed.variant ?? (placed.reason === 'held_out' ? 'held out' : 'out');
};
const voices: Record<string, string[]> = {
  default: ['everywhere', 'plain'],
  bold: ['everywhere', 'loud', 'louder'],
  none: [],
  'held out': ['everywhere', 'plain'],
};

describe('a variant that names an insight set', () => {
  it('chooses which rules speak to its units, and to nobody else', async () => {
    const service = await open();
    expect(heard(await ask(service, 'before', { price: 900 }))).toEqual(voices.default);
    await run(service, { ...config, targeting: 'user_segment == "vip"' } as typeof config);
    const met = new Set<string>();
    for (let n = 0; n < 40; n++) {
      const answer = await ask(service, `d${n}`, { price: 900, user_segment: 'vip' });
      const place = placeOf(config, `d${n}`);
      expect(heard(answer)).toEqual(voices[place]);
      expect(answer.ab_test_variant).toBe(place === 'held out' ? undefined : place);
      met.add(place);
    }
    expect(met).toEqual(new Set(Object.keys(voices)));
    expect(heard(await ask(service, 'stranger', { price: 900 }))).toEqual(voices.default);
    // A session of the same device is spoken to alike in a batch; the recommendation is not an insight.
    const device = [...(await exposed(service, 'voices'))].find(([, variant]) => variant === 'bold')![0];
    const batch = await service.post('/v1/predict/batch', {
      requests: [question({ user_id: undefined, anonymous_id: device, price: 900 }), question({ price: 900 })],
    });
    const [bold, other] = batch.json().predictions.map(({ prediction }: { prediction: PredictAnswer }) => heard(prediction));
    expect([bold, other]).toEqual([voices.bold, voices.default]);
  });

  it('is shown on the page of shoppers as each of them hears it, which exposes nobody', async () => {
    const service = await open();
    await run(service, config);
    for (let n = 0; n < 12; n++)
      await service.post(
        '/v1/events',
        wireEvent(`e${n}`, 'view_item', {
          ...{ user_id: undefined, anonymous_id: `b${n}`, session_id: `s${n}` },
          items: [{ item_id: 'p1', price: 900, quantity: 1 }],
        }),
      );
    const { shoppers } = (await service.get('/v1/shoppers')).json();
    expect(shoppers).toHaveLength(12);
    for (const one of shoppers) expect(heard(one)).toEqual(voices[placeOf(config, one.anonymous_id)]);
    expect((await exposed(service, 'voices')).size).toBe(0);
  });

  it('exposes where two sets would say something else, whichever the unit has, held out or not; planted: where its own set speaks, the split breaks', async () => {
    const service = await open();
    await run(service, config);
    const prices = [20, 60, 600, 900];
    const devices = Array.from({ length: 160 }, (_, n) => ({ device: `u${n}`, price: prices[n % 4]! }));
    const answers = new Map<string, PredictAnswer>();
    for (const { device, price } of devices) answers.set(device, await ask(service, device, { price }));
    // At 20 nobody says anything; from 60 on "none" differs from the others.
    const could = devices.filter(({ price }) => price > 20).map(({ device }) => device);
    const counted = await exposed(service, 'voices');
    expect(new Set(counted.keys())).toEqual(new Set(could));
    const sides = (who: readonly string[]) =>
      Object.keys(voices).map((place) => who.filter((device) => placeOf(config, device) === place).length);
    const designed = [0.25, 0.25, 0.25, 0.25];
    expect(checkSplit(sides([...counted.keys()]), designed).pValue).toBeGreaterThan(0.001);
    const shown = could.filter((device) => heard(answers.get(device)!).length > 0);
    expect(checkSplit(sides(shown), designed).pValue).toBeLessThan(1e-6);
    // Once is once: nothing is added by coming again, or by a dearer item.
    for (const { device } of devices.slice(0, 8)) await ask(service, device, { price: 900 });
    expect((await exposed(service, 'voices')).size).toBe(could.length + 2);
  });

  it('between two sets exposes only where these two differ', async () => {
    const service = await open();
    await run(service, { experiment_id: 'two', variants: sets('default', 'other') } as never);
    for (let n = 0; n < 8; n++) {
      await ask(service, `cheap${n}`, { price: 60 });
      await ask(service, `dear${n}`, { price: 600 });
    }
    expect([...(await exposed(service, 'two')).keys()].every((device) => device.startsWith('dear'))).toBe(true);
    expect((await exposed(service, 'two')).size).toBe(8);
  });

  it('leaves the answer to the experiment started first, and says so by saying nothing', async () => {
    const service = await open();
    await run(service, { experiment_id: 'one', variants: sets('default', 'bold'), exposure_share: 0.5 } as never);
    await run(service, { experiment_id: 'two', variants: sets('default', 'none') } as never);
    const one = { experiment_id: 'one', variants: sets('default', 'bold'), exposure_share: 0.5 };
    for (let n = 0; n < 30; n++) {
      const { experiments } = await ask(service, `m${n}`, { price: 900 });
      expect(experiments!.map(({ experiment_id: id }) => id)).toEqual([placeOf(one, `m${n}`) === 'out' ? 'two' : 'one']);
    }
  });

  it('is refused at the start where no rule has the set, by place and remedy', async () => {
    const service = await open();
    const wrong = { experiment_id: 'wrong', variants: sets('default', 'shouting') };
    expect((await service.post('/v1/experiments', wrong)).statusCode).toBe(201);
    const started = await service.post('/v1/experiments/wrong/start', {});
    expect([started.statusCode, started.json().detail]).toEqual([
      409,
      expect.stringMatching(/\/variants\/1\/treatment\/id: no insight rule has the set "shouting".*default, none, bold, other/),
    ]);
  });

  it('that the rules of this server do not have any more exposes nobody to it, and they hear the default', async () => {
    const first = await open();
    await run(first, config);
    const lines: string[] = [];
    const again = await openToyService({ experiments: first.stores, logTo: { write: (line) => void lines.push(line) } });
    expect(lines.join('')).toMatch(/voices names insight sets that no rule here has/);
    const bold = Array.from({ length: 40 }, (_, n) => `g${n}`).find((device) => placeOf(config, device) === 'bold')!;
    expect((await ask(again, bold, { price: 900 })).ab_test_variant).toBeUndefined();
    expect((await exposed(again, 'voices')).size).toBe(0);
  });
});

describe('GET /v1/insights/rules', () => {
  it('says which sets there are, and which rules are in them; a simulation asks one', async () => {
    const service = await open();
    const answer = (await service.get('/v1/insights/rules')).json();
    expect(answer.sets).toEqual(['default', 'none', 'bold', 'other']);
    expect(answer.rules.map((one: { sets: string[] | null }) => one.sets)).toEqual([
      null,
      ['default'],
      ['bold'],
      ['bold', 'other'],
    ]);
    await ask(service, 'd', { price: 900 });
    await vi.waitFor(async () => expect(await service.predictions.log.count()).toBe(1));
    const simulate = async (set?: string) => {
      const response = await service.post('/v1/insights/rules/simulate', {
        set,
        until: new Date(service.clock.nowMs + 1).toISOString(),
      });
      return response.json();
    };
    const told = ({ rules: all }: { rules: { id: string; told: number }[] }) =>
      all.filter((one) => one.told > 0).map(({ id }) => id);
    expect(told(await simulate())).toEqual(voices.default);
    expect(told(await simulate('bold'))).toEqual(voices.bold);
    expect((await simulate('none')).rules.every((one: { told: number }) => one.told === 0)).toBe(true);
    expect((await simulate('nonsense')).detail).toMatch(
      /no rule has the insight set "nonsense"; give one of default, none, bold, other/,
    );
  });
});
