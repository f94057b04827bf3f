import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMicroBatch } from '../../src/serving/micro-batch.ts';
import { openRecentAnswers } from '../../src/serving/recent-answers.ts';
import { openRowByRow, type WorkEach, type WorkTogether } from '../../src/serving/row-by-row.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Doubles each row's number, a turn of the event loop later, and notes how many rows came together; fails with the rows that hold a planted one. */
function openDoubler(sizes: number[], isPlanted = (_: number): boolean => false): WorkTogether<number> {
  return async (rows, rowCount) => {
    sizes.push(rowCount);
    await nextTurn();
    const numbers = Array.from({ length: rowCount }, (_, row) => rows[row * 2]!);
    if (numbers.some(isPlanted)) throw new Error('broken');
    return numbers.map((number) => number * 2);
  };
}

const never = (): boolean => false;
const askAll = (work: WorkEach<number>, count: number, size: number) => {
  const batch = openMicroBatch(work, { size, waitMs: 1, workers: 1 });
  return Promise.allSettled(Array.from({ length: count }, (_, n) => batch.ask(Float32Array.of(n, 0))));
};
const statuses = (settled: readonly PromiseSettledResult<number>[]) => settled.map(({ status }) => status === 'fulfilled');

describe('a micro-batch', () => {
  it('answers each row with its own answer, in batches no larger than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 8 }), async (count, size) => {
        const sizes: number[] = [];
        const answers = await askAll(openRowByRow(openDoubler(sizes), never), count, size);
        expect(answers).toEqual(Array.from({ length: count }, (_, n) => ({ status: 'fulfilled', value: n * 2 })));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(size);
        expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(count);
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it('sends a lone row at once and gathers those that come while the worker is busy', async () => {
    const sizes: number[] = [];
    await askAll(openRowByRow(openDoubler(sizes), never), 9, 8);
    expect(sizes).toEqual([1, 8]);
  });

  it('fails a broken row alone, whichever rows it was gathered with, and goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.uniqueArray(fc.nat(39)),
        async (count, size, planted) => {
          const work = openRowByRow(
            openDoubler([], (number) => planted.includes(number)),
            never,
          );
          expect(statuses(await askAll(work, count, size))).toEqual(
            Array.from({ length: count }, (_, n) => !planted.includes(n)),
          );
        },
      ),
      { numRuns: 100, seed: 9 },
    );
  });

  it('asks nobody again where the error says nothing of the rows', async () => {
    const sizes: number[] = [];
    const work = openRowByRow(
      openDoubler(sizes, () => true),
      () => true,
    );
    expect(statuses(await askAll(work, 5, 8))).toEqual([false, false, false, false, false]);
    expect(sizes).toEqual([1, 4]);
  });

  it('negative control: without asking again, the neighbours of a broken row fail with it', async () => {
    const work = openRowByRow(
      openDoubler([], (number) => number === 3),
      () => true,
    );
    expect(statuses(await askAll(work, 6, 8))).toEqual([true, false, false, false, false, false]);
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
