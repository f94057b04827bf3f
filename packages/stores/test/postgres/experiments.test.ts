import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assign, type Split } from '@tillcast/core/experiments/assign';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import { postgresExperimentStore } from '@tillcast/stores/postgres/experiment-store';
import { postgresExposureLog } from '@tillcast/stores/postgres/exposure-log';
import { sqliteExposureLog } from '@tillcast/stores/sqlite/exposure-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRevision, experimentStoreContract } from '../../../core/test/contract/experiment-store.ts';
import { anExposure, exposureLogContract } from '../../../core/test/contract/exposure-log.ts';
import { freshDatabase, postgresMissing } from './shared-postgres.ts';
import { openSpareSchemas } from './spare-schemas.ts';

const many = process.env.TILLCAST_LONG === '1' ? 1_000_000 : 50_000;
const split: Split = {
  salt: 'model_comparison_2024',
  variants: [{ name: 'catboost' }, { name: 'xgboost' }, { name: 'ensemble' }],
  weights: [0.33, 0.33, 0.34],
  exposureShare: 1,
  layers: [],
};

/** Records many units, each several at once and some twice; answers what is there afterwards, by unit. */
async function recordMany(log: ExposureLog): Promise<ReadonlyMap<string, string>> {
  for (let from = 0; from < many; from += 10_000) {
    const exposures = Array.from({ length: 10_000 }, (_, n) => {
      const unit = `a:d-${from + n}`;
      return anExposure({ key: unit, unit, variant: assign(split, unit).variant!, exposedAtMs: from + n });
    });
    await log.record(exposures);
    // A later exposure to another variant changes nothing.
    await log.record(exposures.slice(0, 100).map((one) => ({ ...one, variant: 'another', exposedAtMs: 0 })));
  }
  const found = new Map<string, string>();
  for await (const page of log.read({ tenant: 'default', experimentId: 'exp' }))
    for (const { unit, variant } of page) found.set(unit, variant!);
  return found;
}

describe.skipIf(postgresMissing !== undefined)('experiments in PostgreSQL', () => {
  let schemas: Awaited<ReturnType<typeof openSpareSchemas>>;

  beforeAll(async () => {
    schemas = await openSpareSchemas(await freshDatabase('experiments'), 3, ['exposure', 'experiment_revision']);
  });
  afterAll(() => schemas?.close());

  describe('exposure log', () => exposureLogContract(() => schemas.lend(postgresExposureLog)));
  describe('experiment store', () => experimentStoreContract(() => schemas.lend(postgresExperimentStore)));

  it('lets many processes record the same units at once: each counts once, and none waits for another in a ring', async () => {
    const log = schemas.lend(postgresExposureLog);
    const exposures = Array.from({ length: 200 }, (_, n) => anExposure({ key: `a:${n}`, unit: `a:${n}` }));
    const recorded = await Promise.all([
      log.record(exposures),
      log.record(exposures.toReversed()),
      log.record(exposures.slice(50, 150)),
    ]);
    expect(recorded.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(await log.count('default', 'exp')).toEqual({ one: 200 });
    await log.close();
  });

  it(`keeps ${many} units where the hash put them, as SQLite does`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillcast-units-'));
    const [postgres, sqlite] = [schemas.lend(postgresExposureLog), sqliteExposureLog(join(folder, 'exposures.db'))];
    const [one, two] = [await recordMany(postgres), await recordMany(sqlite)];
    expect([one.size, two.size]).toEqual([many, many]);
    for (const [unit, variant] of one) {
      if (two.get(unit) !== variant || assign(split, unit).variant !== variant)
        expect([unit, two.get(unit)]).toEqual([unit, variant]);
    }
    await Promise.all([postgres.close(), sqlite.close()]);
    rmSync(folder, { recursive: true });
  }, 600_000);

  it('keeps the bits of scores', async () => {
    const log = schemas.lend(postgresExposureLog);
    const odd = [0.1 + 0.2, -4.9e-324, 1.7976931348623157e308];
    await log.record(odd.map((score, n) => anExposure({ key: `a:${n}`, unit: `a:${n}`, score, baseScore: -score })));
    const found = await log.find('default', 'exp', ['a:0', 'a:1', 'a:2']);
    expect(found.map(({ score }) => score).sort()).toEqual(odd.toSorted());
    await log.close();
    const store = schemas.lend(postgresExperimentStore);
    await store.append(aRevision());
    expect((await store.history('default', 'exp'))[0]).toEqual(aRevision());
    await store.close();
  });
});
