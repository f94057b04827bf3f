import type { Cache } from '@tillcast/core/ports/cache';
import type { Explanation } from '@tillcast/core/scoring/ensemble';
import { memoryCache } from '@tillcast/stores/memory/cache';
import { describe, expect, it } from 'vitest';
import { openExplanationCache } from '../../src/serving/explanation-cache.ts';
import { openSharedExplanations } from '../../src/serving/shared-explanations.ts';

const row = Float32Array.of(0.1, Number.NaN, 7);
const explained: Explanation = { baseValue: -3.25, logOdds: -1.1, contributions: Float64Array.of(0.1, 1e-300, 2.05) };

/** Two processes over one cache, and how often each had to work. */
function openTwo(cache: Cache, hashes: readonly [string, string] = ['h', 'h']) {
  const worked = [0, 0];
  const processes = hashes.map((hash, at) =>
    openExplanationCache(
      async () => {
        worked[at]! += 1;
        return explained;
      },
      { shared: openSharedExplanations(cache, hash, 3) },
    ),
  );
  return { worked, one: processes[0]!, two: processes[1]! };
}
const openMemory = (): Cache => memoryCache({ now: () => performance.now() });

describe('explanations that processes share', () => {
  it('are worked out once, the same to the bit', async () => {
    const { worked, one, two } = openTwo(openMemory());
    await one.explain(row, 'default');
    expect(await two.explain(row, 'default')).toEqual({ ...explained, from: 'miss' });
    expect(worked).toEqual([1, 0]);
  });

  it('are found by their tenant, row and bundle alone', async () => {
    const { worked, one, two } = openTwo(openMemory());
    await one.explain(row, 'default');
    await two.explain(row, 'other');
    await two.explain(Float32Array.of(0.1, Number.NaN, 8), 'default');
    expect(worked).toEqual([1, 2]);
    const others = openTwo(openMemory(), ['h', 'i']);
    await others.one.explain(row, 'default');
    await others.two.explain(row, 'default');
    expect(others.worked).toEqual([1, 1]);
  });

  it('are gone for all when one purges, what was being worked out included', async () => {
    const { worked, one, two } = openTwo(openMemory());
    const beingWorkedOut = one.explain(row, 'default');
    one.purge();
    await beingWorkedOut;
    await two.explain(row, 'default');
    expect(worked).toEqual([1, 1]);
  });

  it('are worked out where the cache knows nothing, or something else', async () => {
    const odd: Cache = { ...openMemory(), get: async () => new Uint8Array(7) };
    const { worked, one, two } = openTwo(odd);
    expect(await one.explain(row, 'default')).toEqual({ ...explained, from: 'miss' });
    await two.explain(row, 'default');
    expect(worked).toEqual([1, 1]);
  });
});
