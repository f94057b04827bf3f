import type { ExperimentRevision, ExperimentStore } from '@tillcast/core/ports/experiment-store';
import fc from 'fast-check';
import { expect, it } from 'vitest';

type Law = (store: ExperimentStore, open: () => ExperimentStore) => Promise<void>;

/** The first revision of an experiment, with changes. */
export const aRevision = (over: Partial<ExperimentRevision> = {}): ExperimentRevision => ({
  ...{ tenant: 'default', serial: 1, id: 'exp', version: 1, state: 'draft', config: { experiment_id: 'exp', ä: '😀' } },
  ...{ change: 'created', atMs: 1_000, by: 'ana', why: 'to know' },
  ...over,
});

async function fresh<T>(open: () => ExperimentStore, use: (store: ExperimentStore) => Promise<T>): Promise<T> {
  const store = open();
  return use(store).finally(() => store.close());
}

/** The sentences of the port `ExperimentStore`. Plain functions, so that a planted fault can be shown to break them. */
export const experimentStoreLaws: Readonly<Record<string, Law>> = {
  'takes a revision only when it is the next of its tenant, and gives the last of each experiment': async (_store, open) => {
    const wish = fc.record({
      tenant: fc.constantFrom('default', 'default', 'other'),
      id: fc.constantFrom('a', 'b', 'B'),
      ahead: fc.constantFrom(1, 1, 1, 0, 2, -1),
      startedAtMs: fc.option(fc.nat(3), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { maxLength: 12 }), (wishes) =>
        fresh(open, async (store) => {
          const taken: ExperimentRevision[] = [];
          for (const { tenant, id, ahead, startedAtMs } of wishes) {
            const theirs = taken.filter((one) => one.tenant === tenant);
            const started = startedAtMs === undefined ? {} : { startedAtMs };
            const version = theirs.filter((one) => one.id === id).length + 1;
            const revision = aRevision({ tenant, id, version, serial: theirs.length + ahead, ...started });
            const attempt = store.append(revision);
            if (ahead === 1) taken.push(revision);
            else await expect(attempt).rejects.toEqual(expect.objectContaining({ code: 'VERSION_CONFLICT' }));
            await attempt.catch(() => {});
          }
          for (const tenant of ['default', 'other']) {
            const theirs = taken.filter((one) => one.tenant === tenant);
            const latest = [...new Map(theirs.map((one) => [one.id, one])).values()];
            const start = (one: ExperimentRevision): number => one.startedAtMs ?? 99;
            latest.sort((one, two) => start(one) - start(two) || (one.id < two.id ? -1 : 1));
            expect(await store.list(tenant)).toEqual({ serial: theirs.length, experiments: latest });
            for (const id of ['a', 'b', 'c'])
              expect(await store.history(tenant, id)).toEqual(theirs.filter((one) => one.id === id));
          }
        }),
      ),
      { numRuns: 20 },
    );
  },

  'lets one of many who decided upon the same list have their way': async (store) => {
    const attempts = ['a', 'b', 'c', 'd'].map((id) => store.append(aRevision({ id })));
    const verdicts = await Promise.allSettled(attempts);
    expect(verdicts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await store.list('default')).experiments).toHaveLength(1);
  },

  'gives copies': async (store) => {
    const revision = aRevision();
    await store.append(revision);
    Object.assign(revision.config, { changed: true });
    Object.assign((await store.list('default')).experiments[0]!.config, { changed: true });
    Object.assign((await store.history('default', 'exp'))[0]!.config, { changed: true });
    expect((await store.list('default')).experiments[0]!.config).toEqual({ experiment_id: 'exp', ä: '😀' });
  },

  'refuses every call after close': async (store) => {
    await store.close();
    const refusal = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });
    await expect(store.append(aRevision())).rejects.toEqual(refusal);
    await expect(store.list('default')).rejects.toEqual(refusal);
    await expect(store.history('default', 'exp')).rejects.toEqual(refusal);
  },
};

/** The sentences of the port `ExperimentStore`, as tests; every store runs them. */
export function experimentStoreContract(open: () => ExperimentStore): void {
  it.each(Object.keys(experimentStoreLaws))('%s', (name) => fresh(open, (store) => experimentStoreLaws[name]!(store, open)));
}
