import { describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine.ts';
import { readFixture } from './fixture.ts';

/** A seeded generator of numbers in [0, 1): Numerical Recipes' linear congruential one. */
function openRandom(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** How many of the rows, moved within a step of float32, score otherwise once they are rounded to float32. */
function changedByRounding(name: string): number {
  const { forest, rows } = readFixture(name);
  const engine = openEngine(forest);
  const random = openRandom(20261123);
  let changed = 0;
  for (const row of rows.filter((candidate) => candidate.every(Number.isFinite)))
    for (let time = 0; time < 20; time++) {
      const moved = row.map((x) => x * (1 + (random() - 0.5) * 3e-8));
      if (engine.score(moved) !== engine.score(Float32Array.from(moved))) changed++;
    }
  return changed;
}

describe('rows rounded to float32, as the readme advises for speed', () => {
  it.each([
    'catboost-default',
    'xgboost-default',
    'sklearn-forest-default',
    'sklearn-extra-trees-default',
    'sklearn-boosting-default',
  ])('score as they are with %s, whose library rounds them itself', (name) => expect(changedByRounding(name)).toBe(0));

  it.each(['lightgbm-default', 'sklearn-histogram-default'])('may score otherwise with %s, whose library does not', (name) => {
    expect(changedByRounding(name)).toBeGreaterThan(0);
  });
});
