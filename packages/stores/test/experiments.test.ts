import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExperimentStore } from '@tillcast/core/ports/experiment-store';
import type { ExposureLog } from '@tillcast/core/ports/exposure-log';
import { memoryExperimentStore } from '@tillcast/stores/memory/experiment-store';
import { memoryExposureLog } from '@tillcast/stores/memory/exposure-log';
import { sqliteExperimentStore } from '@tillcast/stores/sqlite/experiment-store';
import { sqliteExposureLog } from '@tillcast/stores/sqlite/exposure-log';
import { afterAll, describe, expect, it } from 'vitest';
import { aRevision, experimentStoreContract, experimentStoreLaws } from '../../core/test/contract/experiment-store.ts';
import { anExposure, exposureLogContract, exposureLogLaws } from '../../core/test/contract/exposure-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-experiments-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const nextFile = (): string => join(folder, `${files++}.db`);

describe('memory exposure log', () => exposureLogContract(memoryExposureLog));
describe('memory experiment store', () => experimentStoreContract(memoryExperimentStore));
describe('sqlite exposure log', () => {
  exposureLogContract(() => sqliteExposureLog(nextFile()));

  it('is there after the process', async () => {
    const file = nextFile();
    const first = sqliteExposureLog(file);
    await first.record([anExposure({ score: 0.1 + 0.2, differs: true })]);
    await first.close();
    const second = sqliteExposureLog(file);
    expect(await second.find('default', 'exp', ['a:d1'])).toEqual([anExposure({ score: 0.1 + 0.2, differs: true })]);
    await second.close();
  });
});
describe('sqlite experiment store', () => {
  experimentStoreContract(() => sqliteExperimentStore(nextFile()));

  it('is one for two processes: what one adds, the other knows', async () => {
    const file = nextFile();
    const [one, two] = [sqliteExperimentStore(file), sqliteExperimentStore(file)];
    await one.append(aRevision());
    await expect(two.append(aRevision({ id: 'other' }))).rejects.toThrow('changed meanwhile');
    await two.append(aRevision({ id: 'other', serial: 2 }));
    expect(await one.list('default')).toEqual(await two.list('default'));
    await Promise.all([one.close(), two.close()]);
  });
});

/** Logs with one fault each; the laws must find every one of them. */
const logFaults: Readonly<Record<string, (log: ExposureLog) => Partial<ExposureLog>>> = {
  'lets the last exposure win': (log) => ({
    async record(exposures) {
      let fresh = 0;
      for (const one of exposures) {
        const others = (await log.find(one.tenant, one.experimentId, [one.key])).length;
        if (others > 0) await log.erase(one.tenant, one.key);
        else fresh++;
        await log.record([one]);
      }
      return fresh;
    },
  }),
  'logs an exposure twice': (log) => {
    let times = 0;
    return {
      record: async (exposures) =>
        Promise.all([log.record(exposures), log.record(exposures.map((one) => ({ ...one, key: `${one.key}#${times++}` })))]).then(
          ([first]) => first,
        ),
    };
  },
  'mixes tenants up': (log) => ({ find: (_tenant, experimentId, keys) => log.find('other', experimentId, keys) }),
  'counts names as units': (log) => ({
    async count(tenant, experimentId) {
      const counts: Record<string, number> = {};
      for await (const page of log.read({ tenant, experimentId }))
        for (const { variant = '' } of page) counts[variant] = (counts[variant] ?? 0) + 1;
      return counts;
    },
  }),
  'leaves who shares an assignment': (log) => ({
    erase: async (tenant, key) => Math.min(1, await log.erase(tenant, key)),
  }),
  'reads beyond the end': (log) => ({ read: ({ untilMs: _, ...query }) => log.read(query) }),
  'stays open after close': () => ({ close: async () => {} }),
};
const storeFaults: Readonly<Record<string, (store: ExperimentStore) => Partial<ExperimentStore>>> = {
  'takes any serial': (store) => ({
    append: async (revision) => store.append({ ...revision, serial: (await store.list(revision.tenant)).serial + 1 }),
  }),
  'forgets history': (store) => ({ history: async (tenant, id) => (await store.history(tenant, id)).slice(-1) }),
  'mixes tenants up': (store) => ({ list: () => store.list('default') }),
  'stays open after close': () => ({ close: async () => {} }),
};

describe('the laws of exposures and experiments', () => {
  it.each(Object.keys(logFaults))('catch a log that %s', async (name) => {
    const open = (): ExposureLog => {
      const log = memoryExposureLog();
      return { ...log, ...logFaults[name]!(log) };
    };
    const verdicts = await Promise.allSettled(Object.values(exposureLogLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });

  it.each(Object.keys(storeFaults))('catch a store that %s', async (name) => {
    const open = (): ExperimentStore => {
      const store = memoryExperimentStore();
      return { ...store, ...storeFaults[name]!(store) };
    };
    const verdicts = await Promise.allSettled(Object.values(experimentStoreLaws).map((law) => law(open(), open)));
    expect(verdicts.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
