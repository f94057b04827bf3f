import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMicroBatch } from '../../src/serving/micro-batch.ts';
import { openRecentAnswers } from '../../src/serving/recent-answers.ts';

/** Doubles each row's number, a turn of the event loop later, and notes how many rows came together. */
function openDoubler(sizes: number[], fails = false) {
  return async (rows: Float32Array, rowCount: number): Promise<number[]> => {
    sizes.push(rowCount);
    await new Promise((resolve) => setImmediate(resolve));
    if (fails) throw new Error('broken');
    return Array.from({ length: rowCount }, (_, row) => rows[row * 2]! * 2);
  };
}

describe('a micro-batch', () => {
  it('answers each row with its own answer, in batches no larger than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 8 }), async (count, size) => {
        const sizes: number[] = [];
        const batch = openMicroBatch(openDoubler(sizes), { size, waitMs: 1, workers: 1 });
        const answers = await Promise.all(Array.from({ length: count }, (_, n) => batch.ask(Float32Array.of(n, 0))));
        expect(answers).toEqual(Array.from({ length: count }, (_, n) => n * 2));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(size);
        expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(count);
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it('sends a lone row at once and gathers those that come while the worker is busy', async () => {
    const sizes: number[] = [];
    const batch = openMicroBatch(openDoubler(sizes), { size: 8, waitMs: 1, workers: 1 });
    await Promise.all(Array.from({ length: 9 }, (_, n) => batch.ask(Float32Array.of(n, 0))));
    expect(sizes).toEqual([1, 8]);
  });

  it('tells everyone in a batch of a failure, and goes on', async () => {
    const batch = openMicroBatch(openDoubler([], true), { size: 4, waitMs: 1, workers: 1 });
    const answers = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => batch.ask(Float32Array.of(n, 0))));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
  });
});

describe('recent answers', () => {
  it('keep the rows asked for last, by their bits', () => {
    const recent = openRecentAnswers<string>(2);
    recent.keep(Float32Array.of(1, 2), 'a');
    recent.keep(Float32Array.of(0, Number.NaN), 'b');
    expect(recent.find(Float32Array.of(1, 2))).toBe('a');
    recent.keep(Float32Array.of(-0, Number.NaN), 'c');
    expect(recent.find(Float32Array.of(0, Number.NaN))).toBeUndefined();
    expect(recent.find(Float32Array.of(1, 2))).toBe('a');
    expect(recent.find(Float32Array.of(-0, Number.NaN))).toBe('c');
  });
});
