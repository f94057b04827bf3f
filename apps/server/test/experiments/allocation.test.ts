import { describe, expect, it } from 'vitest';
import { openToyService } from '../toys/toy-service.ts';

const dayMs = 86_400_000;
const variants = ['control', { name: 'new', treatment: { kind: 'offer', id: 'x' } }];

async function openRun(config: object) {
  const service = await openToyService();
  const created = await service.post('/v1/experiments', { experiment_id: 'moving', variants, ...config });
  expect(created.statusCode, created.body).toBe(201);
  await service.post('/v1/experiments/moving/start', {});
  let met = 0;
  return {
    ...service,
    current: () => service.experiments.desk.find('moving'),
    history: async () => (await service.experiments.desk.history('moving')).map(({ change }) => change),
    /** Somebody meets the experiment, and buys by chance of the variant. */
    async meet(people: number, rateOf: (variant: string) => number) {
      for (let n = 0; n < people; n++) {
        const id = `d${met++}`;
        const { variant } = (await service.post('/v1/experiments/moving/exposures', { anonymous_id: id })).json();
        if (variant === null || (met * 0.618034) % 1 >= rateOf(variant)) continue;
        await service.post('/v1/events', {
          ...{ event_id: id, event: 'purchase', anonymous_id: id, event_time: new Date(service.clock.nowMs).toISOString() },
          ...{ transaction_id: id, value: 10, items: [{ item_id: 'p', price: 10, quantity: 1 }] },
        });
      }
    },
  };
}

describe('a rollout that a server moves', () => {
  const config = {
    allocation: { kind: 'rollout', step: 'PT24H' },
    guardrails: [{ metric: 'conversion', max_drop: 0.05 }],
    maturity: 'PT1H',
  };

  it('begins at its first step, and climbs while nothing speaks against it', async () => {
    const { experiments, clock, current } = await openRun(config);
    const shares = [];
    for (let day = 0; day < 6; day++) {
      shares.push((await current()).config.exposure_share);
      clock.nowMs += dayMs;
      await experiments.job.run();
    }
    expect(shares).toEqual([0.02, 0.1, 0.2, 0.5, 1, 1]);
  });

  it('is stopped, with the reason, when a guardrail falls', async () => {
    const { experiments, clock, current, meet, history } = await openRun({
      ...config,
      allocation: { kind: 'rollout', steps: [0.5], step: 'PT24H' },
    });
    await meet(1_200, (variant) => (variant === 'control' ? 0.5 : 0.1));
    clock.nowMs += 2 * 3_600_000;
    await experiments.job.run();
    expect((await current()).state).toBe('stopped');
    expect(await history()).toEqual(['created', 'started', 'rolled_back']);
    expect((await current()).why).toMatch(/the guardrail conversion fell by/);
  });
});

describe('a bandit that a server moves', () => {
  it('gives weight to what converts among mature units, and rings no alarm about a split that it changed itself', async () => {
    const { experiments, clock, current, meet, get } = await openRun({
      ...{ allocation: { kind: 'thompson', every: 'PT1H', min_share: 0.1 }, maturity: 'PT1H' },
    });
    await meet(400, (variant) => (variant === 'new' ? 0.5 : 0.2));
    clock.nowMs += 1_800_000;
    await experiments.job.run();
    expect((await current()).config.traffic_split).toBeUndefined();
    clock.nowMs += 1_800_001;
    await experiments.job.run();
    expect((await current()).config.traffic_split).toEqual({ control: 0.1, new: 0.9 });
    await meet(400, () => 0.3);
    clock.nowMs += 3_600_001;
    const report = (await get('/v1/experiments/moving/results')).json();
    expect(report.srm.designed.map((share: number) => Number(share.toFixed(3)))).toEqual([0.3, 0.7]);
    expect(report.srm.p_value).toBeGreaterThan(0.001);
    expect(report.notes.join(' ')).toMatch(/the split changed 1 times/);
  });
});
