import type { Explanation } from '@tillcast/core/scoring/ensemble';
import { describe, expect, it } from 'vitest';
import { type ExplanationCacheSettings, openExplanationCache } from '../../src/serving/explanation-cache.ts';

/** A cache over work that counts its calls and ends when told. */
function openTried(settings: ExplanationCacheSettings = {}) {
  const clock = { ms: 0 };
  const worked: number[] = [];
  const pending: (() => void)[] = [];
  const cache = openExplanationCache(
    (row) =>
      new Promise<Explanation>((resolve, reject) => {
        worked.push(row[0]!);
        const batch = Float64Array.of(row[0]!, 1, 2, 3);
        pending.push(() =>
          row[0] === 13
            ? reject(new Error('broken'))
            : resolve({ baseValue: 0, logOdds: row[0]!, contributions: batch.subarray(0, 2) }),
        );
      }),
    { now: () => clock.ms, ...settings },
  );
  const finish = (): void => {
    for (const end of pending.splice(0)) end();
  };
  const ask = async (n: number, tenant = 'default') => {
    const answer = cache.explain(Float32Array.of(n, 7), tenant);
    finish();
    return (await answer).from;
  };
  return { cache, clock, worked, finish, ask };
}

describe('the explanation cache', () => {
  it('works a row out once, for each tenant, by its bits', async () => {
    const { ask, worked } = openTried();
    expect([await ask(1), await ask(1), await ask(0), await ask(-0), await ask(Number.NaN), await ask(Number.NaN)]).toEqual([
      ...['miss', 'hit', 'miss', 'miss', 'miss', 'hit'],
    ]);
    expect(await ask(1, 'other')).toBe('miss');
    expect(worked).toHaveLength(5);
  });

  it('lets those who ask at the same time wait for one answer', async () => {
    const { cache, worked, finish } = openTried();
    const all = Array.from({ length: 5 }, () => cache.explain(Float32Array.of(4, 7), 'default'));
    finish();
    expect((await Promise.all(all)).map(({ from }) => from)).toEqual(['miss', 'joined', 'joined', 'joined', 'joined']);
    expect(worked).toEqual([4]);
  });

  it('keeps no failure: the next one asks again', async () => {
    const { ask, worked } = openTried();
    await expect(ask(13)).rejects.toThrow('broken');
    await expect(ask(13)).rejects.toThrow('broken');
    expect(worked).toEqual([13, 13]);
  });

  it('forgets after its time, at the instant', async () => {
    const { ask, clock } = openTried({ ttlMs: 1_000 });
    await ask(1);
    clock.ms = 999;
    expect(await ask(1)).toBe('hit');
    clock.ms = 1_000;
    expect(await ask(1)).toBe('miss');
  });

  it.each([
    ['rows', { rows: 3 }],
    ['bytes', { maxBytes: 3 * 240 }],
  ])('stays within its bound of %s, the least recently asked leaving first', async (_what, bound) => {
    const { ask } = openTried(bound);
    for (const n of [1, 2, 3]) await ask(n);
    expect(await ask(1)).toBe('hit');
    expect(await ask(4)).toBe('miss');
    expect(await ask(1)).toBe('hit');
    expect(await ask(2)).toBe('miss');
  });

  it('forgets everything when purged, what is being worked out as well', async () => {
    const { cache, ask, finish } = openTried();
    await ask(1);
    const flying = cache.explain(Float32Array.of(2, 7), 'default');
    cache.purge();
    finish();
    expect((await flying).from).toBe('miss');
    expect([await ask(1), await ask(2)]).toEqual(['miss', 'miss']);
  });

  it('does not hold on to the memory of the batch an answer came from', async () => {
    const { cache, finish } = openTried();
    const answer = cache.explain(Float32Array.of(1, 7), 'default');
    finish();
    expect((await answer).contributions.buffer.byteLength).toBe(16);
  });
});
