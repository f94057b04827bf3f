import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExperimentDetail } from '@tillcast/api/experiments';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import { memoryExperimentStore } from '@tillcast/stores/memory/experiment-store';
import { memoryExposureLog } from '@tillcast/stores/memory/exposure-log';
import { postgresExperimentStore } from '@tillcast/stores/postgres/experiment-store';
import { postgresExposureLog } from '@tillcast/stores/postgres/exposure-log';
import { sqliteExperimentStore } from '@tillcast/stores/sqlite/experiment-store';
import { sqliteExposureLog } from '@tillcast/stores/sqlite/exposure-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, postgresMissing } from '../../../../packages/stores/test/postgres/shared-postgres.ts';
import { openSpareSchemas } from '../../../../packages/stores/test/postgres/spare-schemas.ts';
import { absentForMs, openAbsentees } from '../../src/experiments/absentees.ts';
import type { ExperimentStores } from '../../src/experiments/open-experiments.ts';
import { openToyService, question } from '../toys/toy-service.ts';

type Service = Awaited<ReturnType<typeof openToyService>>;
const config = { experiment_id: 'ab', variants: ['a', 'b'], exposure_share: 0.2 };
const people = Array.from({ length: 60 }, (_, n) => `d${n}`);

async function started(service: Service): Promise<void> {
  expect((await service.post('/v1/experiments', config)).statusCode).toBe(201);
  expect((await service.post('/v1/experiments/ab/start', {})).statusCode).toBe(200);
}
async function change(service: Service, over: object): Promise<void> {
  const answer = await service.app.inject({
    method: 'PUT',
    url: '/v1/experiments/ab',
    payload: { config: { ...config, ...over } },
  });
  expect(answer.statusCode, answer.body).toBe(200);
}
const ask = async (service: Service, over: object): Promise<string | undefined> =>
  (await service.post('/v1/predict', question({ user_id: undefined, explain: false, ...over }))).json().ab_test_variant;
const askAll = async (service: Service): Promise<(string | undefined)[]> => {
  const variants = [];
  for (const anonymous_id of people) variants.push(await ask(service, { anonymous_id }));
  return variants;
};

/** A log that counts how often it is asked. */
function counting(log: ExposureLog) {
  const asked = { times: 0 };
  const find: ExposureLog['find'] = (...given) => {
    asked.times++;
    return log.find(...given);
  };
  return { asked, log: { ...log, find } };
}

describe('the memory of those who take no part', () => {
  it('is of the log alone, and is bounded, of one version, and short', () => {
    let nowMs = 0;
    const absentees = openAbsentees(() => nowMs, 100);
    for (let n = 0; n < 1_000; n++) absentees.note('ab', 1, [`a:${n}`]);
    expect(absentees.size).toBeLessThanOrEqual(100);
    expect(absentees.has('ab', 1, ['a:999'])).toBe(true);
    expect(absentees.has('ab', 2, ['a:999'])).toBe(false);
    expect(absentees.has('other', 1, ['a:999'])).toBe(false);
    expect(absentees.has('ab', 1, ['a:999', 'u:ana'])).toBe(false);
    expect(absentees.has('ab', 1, ['a:0'])).toBe(false);
    nowMs = absentForMs;
    expect(absentees.has('ab', 1, ['a:999'])).toBe(false);
  });

  it('spares the store: whoever is outside is asked for once a while, not once a request', async () => {
    const { asked, log } = counting(memoryExposureLog());
    const service = await openToyService({ experiments: { store: memoryExperimentStore(), exposures: log } });
    await started(service);
    const first = await askAll(service);
    expect(asked.times).toBe(people.length);
    const outside = first.filter((variant) => variant === undefined).length;
    expect(outside).toBeGreaterThan(people.length / 2);
    for (let n = 0; n < 5; n++) expect(await askAll(service)).toEqual(first);
    expect(asked.times).toBe(people.length);
    service.clock.nowMs += absentForMs;
    await askAll(service);
    expect(asked.times).toBe(people.length + outside);
  });

  /** Whom a rising share reaches is in at once, as if they had never been looked for before. */
  async function rises(service: Service): Promise<boolean> {
    await started(service);
    const before = await askAll(service);
    await change(service, { exposure_share: 0.6 });
    const risen = await askAll(service);
    await change(service, { exposure_share: 1 });
    const all = await askAll(service);
    const fresh = await openToyService();
    await started(fresh);
    await change(fresh, { exposure_share: 1 });
    const expected = await askAll(fresh);
    const isKept = (variant: string | undefined, at: number): boolean => variant === undefined || variant === expected[at];
    return before.every(isKept) && risen.every(isKept) && all.every((variant, at) => variant === expected[at]);
  }

  it('is right when the share rises; planted: one that remembers where people fell is not', async () => {
    expect(await rises(await openToyService())).toBe(true);
    const stale = memoryExposureLog();
    const outside = new Set<string>();
    // The fault: whoever was not found once is told to be outside for ever, as if the log held that.
    const find: ExposureLog['find'] = async (tenant, experimentId, keys) => {
      const found = await stale.find(tenant, experimentId, keys);
      if (found.length > 0) return found;
      if (keys.some((key) => outside.has(key))) return [{ tenant, experimentId, key: keys[0]!, unit: keys[0]!, exposedAtMs: 0 }];
      for (const key of keys) outside.add(key);
      return [];
    };
    const planted = await openToyService({ experiments: { store: memoryExperimentStore(), exposures: { ...stale, find } } });
    expect(await rises(planted)).toBe(false);
  });

  it('gives way to what this process has exposed meanwhile under another name', async () => {
    const service = await openToyService();
    await started(service);
    const device = (await Promise.all(people.map(async (one) => [one, await ask(service, { anonymous_id: one })] as const))).find(
      ([, variant]) => variant !== undefined,
    )!;
    const users = Array.from({ length: 20 }, (_, n) => `u${n}`);
    for (const user_id of users) {
      if ((await ask(service, { user_id })) !== undefined) continue;
      expect(await ask(service, { user_id, anonymous_id: device[0] })).toBe(device[1]);
      expect(await ask(service, { user_id })).toBe(device[1]);
      return;
    }
    throw new Error('every user takes part');
  });
});

/** What every store must bear: two servers over one log, weights that change, an edit that would make it another experiment. */
function stickiness(open: () => ExperimentStores): void {
  it('keeps units where they were first, over changed weights, a second process and a restart; refuses another experiment', async () => {
    const stores = open();
    const one = await openToyService({ experiments: stores });
    await started(one);
    await change(one, { exposure_share: 1 });
    const before = await askAll(one);
    expect(new Set(before)).toEqual(new Set(['a', 'b']));
    await one.experiments.settle();
    const weights = { exposure_share: 1, traffic_split: { a: 0, b: 1 } };
    await change(one, weights);
    const two = await openToyService({ experiments: stores });
    expect(await askAll(two)).toEqual(before);
    expect(await askAll(one)).toEqual(before);
    expect(await ask(two, { anonymous_id: 'fresh' })).toBe('b');
    const refused = await two.app.inject({
      ...{ method: 'PUT', url: '/v1/experiments/ab' },
      payload: { config: { ...config, ...weights, variants: ['a', 'b', 'c'], traffic_split: undefined } },
    });
    expect([refused.statusCode, refused.json().detail]).toEqual([409, expect.stringMatching(/\/variants: cannot change/)]);
    const { units } = (await two.get('/v1/experiments/ab')).json<ExperimentDetail>();
    expect(Object.values(units).reduce((sum, count) => sum + count, 0)).toBe(people.length + 1);
  });

  it('lets the first of two processes that met a unit under different weights have it, and both serve that', async () => {
    const stores = open();
    const one = await openToyService({ experiments: stores });
    await started(one);
    await change(one, { exposure_share: 1, traffic_split: { a: 1, b: 0 } });
    const two = await openToyService({ experiments: stores });
    await change(one, { exposure_share: 1, traffic_split: { a: 0, b: 1 } });
    // The second has not heard of it yet: both meet the unit before either has written.
    const [first, second] = await Promise.all([ask(one, { anonymous_id: 'both' }), ask(two, { anonymous_id: 'both' })]);
    expect([first, second]).toEqual(['b', 'a']);
    await one.experiments.settle();
    await two.experiments.settle();
    const kept = (await stores.exposures.find('default', 'ab', ['a:both']))[0]!.variant;
    expect([await ask(one, { anonymous_id: 'both' }), await ask(two, { anonymous_id: 'both' })]).toEqual([kept, kept]);
  });
}

describe('sticky units in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-sticky-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  stickiness(() => {
    const name = join(folder, String(files++));
    return { store: sqliteExperimentStore(`${name}-experiments.db`), exposures: sqliteExposureLog(`${name}-exposures.db`) };
  });
});

describe.skipIf(postgresMissing !== undefined)('sticky units in PostgreSQL', () => {
  let schemas: Awaited<ReturnType<typeof openSpareSchemas>>;
  beforeAll(async () => {
    schemas = await openSpareSchemas(await freshDatabase('sticky'), 4, ['exposure', 'experiment_revision']);
  });
  afterAll(() => schemas?.close());
  stickiness(() => ({ store: schemas.lend(postgresExperimentStore), exposures: schemas.lend(postgresExposureLog) }));
});
