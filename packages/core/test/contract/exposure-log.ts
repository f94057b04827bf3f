import { compareCodePoints } from '@tillcast/core/events/code-point-order';
import type { Exposure, ExposureLog } from '@tillcast/core/ports/exposure-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';

type Law = (log: ExposureLog, open: () => ExposureLog) => Promise<void>;

/** An exposure of the device `a:d1`, with changes. */
export const anExposure = (over: Partial<Exposure> = {}): Exposure => ({
  ...{ tenant: 'default', experimentId: 'exp', key: 'a:d1', unit: 'a:d1', variant: 'one', exposedAtMs: 1_000 },
  ...over,
});

const key = fc.constantFrom<string>('a:d1', 'a:d2', 'u:ana', 's:1', 'a:\u{fffd}', 'a:😀');
const exposure: fc.Arbitrary<Exposure> = fc.record(
  {
    tenant: fc.constantFrom('default', 'default', 'default', 'other'),
    experimentId: fc.constantFrom('exp', 'exp', 'exq'),
    key,
    unit: key,
    variant: fc.constantFrom('one', 'two'),
    exposedAtMs: fc.nat(4),
    predictionId: fc.constantFrom('p1', 'p2'),
    score: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    baseScore: fc.constantFrom(-3.5, 0.1),
    differs: fc.boolean(),
  },
  { requiredKeys: ['tenant', 'experimentId', 'key', 'unit', 'exposedAtMs'], noNullPrototype: true },
);
const batches = fc.array(fc.array(exposure, { maxLength: 5 }), { maxLength: 5 });
const keyOf = (one: Exposure): string => JSON.stringify([one.tenant, one.experimentId, one.key]);
const order = (a: Exposure, b: Exposure): number => a.exposedAtMs - b.exposedAtMs || compareCodePoints(a.key, b.key);

async function readAll(log: ExposureLog, tenant: string, experimentId: string, untilMs?: number): Promise<Exposure[]> {
  const all: Exposure[] = [];
  const query = { tenant, experimentId, batch: 2, ...(untilMs === undefined ? {} : { untilMs }) };
  for await (const page of log.read(query)) all.push(...page);
  return all;
}

async function fresh<T>(open: () => ExposureLog, use: (log: ExposureLog) => Promise<T>): Promise<T> {
  const log = open();
  return use(log).finally(() => log.close());
}

/** What a log should hold after the batches: the first of each key. */
function modelOf(given: readonly (readonly Exposure[])[]): Exposure[] {
  const model = new Map<string, Exposure>();
  for (const one of given.flat()) if (!model.has(keyOf(one))) model.set(keyOf(one), one);
  return [...model.values()];
}

/** The sentences of the port `ExposureLog`. Plain functions, so that a planted fault can be shown to break them. */
export const exposureLogLaws: Readonly<Record<string, Law>> = {
  'keeps the first exposure of each key, and reads them in order of time': async (_log, open) => {
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(5), (given, untilMs) =>
        fresh(open, async (log) => {
          for (const [index, batch] of given.entries()) {
            const before = modelOf(given.slice(0, index)).length;
            expect(await log.record(batch)).toBe(modelOf(given.slice(0, index + 1)).length - before);
          }
          for (const tenant of ['default', 'other'])
            for (const experimentId of ['exp', 'exq']) {
              const theirs = modelOf(given).filter((one) => one.tenant === tenant && one.experimentId === experimentId);
              expect(await readAll(log, tenant, experimentId)).toEqual(theirs.toSorted(order));
              const early = theirs.filter(({ exposedAtMs }) => exposedAtMs < untilMs);
              expect(await readAll(log, tenant, experimentId, untilMs)).toEqual(early.toSorted(order));
              const units = theirs.filter((one) => one.key === one.unit);
              const groups = Map.groupBy(units, ({ variant = '' }) => variant);
              const counts = Object.fromEntries([...groups].map(([variant, group]) => [variant, group.length]));
              expect(await log.count(tenant, experimentId)).toEqual(counts);
            }
        }),
      ),
      { numRuns: 20 },
    );
  },

  'finds the exposures of the keys asked for, and of no others': async (_log, open) => {
    await fc.assert(
      fc.asyncProperty(fc.array(exposure, { maxLength: 8 }), fc.array(key, { maxLength: 4 }), (given, keys) =>
        fresh(open, async (log) => {
          await log.record(given);
          const found = await log.find('default', 'exp', keys);
          const theirs = modelOf([given]).filter(
            (one) => one.tenant === 'default' && one.experimentId === 'exp' && keys.includes(one.key),
          );
          expect([...found].sort(order)).toEqual(theirs.toSorted(order));
        }),
      ),
      { numRuns: 20 },
    );
  },

  'goes on recording while someone reads, and gives copies': async (log) => {
    await log.record([anExposure(), anExposure({ key: 'a:d2', unit: 'a:d2', exposedAtMs: 2_000 })]);
    for await (const page of log.read({ tenant: 'default', experimentId: 'exp', batch: 1 })) {
      Object.assign(page[0]!, { variant: 'changed' });
      await log.record([anExposure({ key: 'a:d0', unit: 'a:d0', exposedAtMs: 0 })]);
    }
    const found = await readAll(log, 'default', 'exp');
    expect(found.map((one) => [one.key, one.variant])).toEqual([
      ['a:d0', 'one'],
      ['a:d1', 'one'],
      ['a:d2', 'one'],
    ]);
    Object.assign((await log.find('default', 'exp', ['a:d1']))[0]!, { variant: 'changed' });
    expect((await log.find('default', 'exp', ['a:d1']))[0]!.variant).toBe('one');
  },

  'erases a key and who shares its assignment, in every experiment of the tenant': async (log) => {
    await log.record([
      anExposure(),
      anExposure({ key: 'u:ana', unit: 'a:d1' }),
      anExposure({ experimentId: 'exq' }),
      anExposure({ tenant: 'other' }),
      anExposure({ key: 'a:d2', unit: 'a:d2' }),
      anExposure({ key: 'u:ben', unit: 'a:d2' }),
    ]);
    expect(await log.erase('default', 'a:d1')).toBe(3);
    expect(await log.erase('default', 'a:d1')).toBe(0);
    expect(await log.erase('default', 'u:ben')).toBe(1);
    expect((await readAll(log, 'default', 'exp')).map((one) => one.key)).toEqual(['a:d2']);
    expect(await readAll(log, 'default', 'exq')).toEqual([]);
    expect(await log.count('other', 'exp')).toEqual({ one: 1 });
  },

  'refuses every call after close': async (log) => {
    await log.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(log.record([anExposure()])).rejects.toEqual(refusal);
    await expect(log.find('default', 'exp', ['a:d1'])).rejects.toEqual(refusal);
    await expect(log.count('default', 'exp')).rejects.toEqual(refusal);
    await expect(log.erase('default', 'a:d1')).rejects.toEqual(refusal);
    await expect(readAll(log, 'default', 'exp')).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `ExposureLog`, as tests; every store runs them. */
export function exposureLogContract(open: () => ExposureLog): void {
  it.each(Object.keys(exposureLogLaws))('%s', (name) => fresh(open, (log) => exposureLogLaws[name]!(log, open)));
}
