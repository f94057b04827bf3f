import { describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine.ts';
import { LEAF, rowWidth } from '../src/forest.ts';
import { fixtureNames, readFixture } from './fixture.ts';

/** Below, at and above the kernel's groups of 8 rows, blocks of 64 and calls of 256. */
const sizes = [1, 7, 8, 31, 32, 33, 63, 64, 65, 95, 96, 127, 128, 255, 256, 257, 352];

/** So many rows of a case in turn, as float32, which is what the kernel takes; each round moves on by one number. */
function rowsOf(rows: readonly Float64Array[], width: number, count: number): Float32Array {
  const flat = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const values = rows[row % rows.length]!;
    const others = rows[(row * 7 + 3) % rows.length]!;
    for (let column = 0; column < width; column++)
      flat[row * width + column] = (column + row) % 3 === 0 ? others[column]! : values[column]!;
  }
  return flat;
}

/** Places where a batch's score differs by a bit from the score of the row alone. */
function differences(
  batches: Engine,
  single: Engine,
  rows: Float32Array | Float64Array,
  count: number,
  exact: boolean,
): number[] {
  const width = rowWidth(single.forest);
  const out = new Float64Array(count);
  batches.scoreBatch(rows, count, out, exact);
  return Array.from(out.keys()).filter((row) => {
    const alone = exact ? single.scoreExact(rows, row * width) : single.score(rows, row * width);
    return !Object.is(alone, out[row]);
  });
}

describe.each(fixtureNames)('batches: %s', (name) => {
  const { forest, rows } = readFixture(name);
  const all = rowsOf(rows, rowWidth(forest), Math.max(...sizes));
  const kernel = openEngine(forest, { backend: 'wasm' });
  const reference = openEngine(forest, { backend: 'typescript' });

  it.each([false, true])('of every size are the reference’s rows one by one, to the bit (exact: %s)', (exact) => {
    for (const size of sizes) expect(differences(kernel, reference, all, size, exact)).toEqual([]);
  });

  it('of numbers that float32 cannot hold, beside and between thresholds, as well', () => {
    const width = rowWidth(forest);
    const fine = Float64Array.from(all.subarray(0, 128 * width), (x, place) => x * (1 + ((place % 7) - 3) * 2 ** -26));
    for (const [node, asked] of forest.feature.entries()) {
      if (asked === LEAF || forest.categories?.asks[node] === 1) continue;
      const threshold = forest.value[node]!;
      fine[(node % 128) * width + asked] = threshold * (1 + ((node % 3) - 1) * 2 ** -52);
    }
    for (const exact of [false, true]) expect(differences(kernel, reference, fine, 128, exact)).toEqual([]);
  });

  it('negative control: a leaf that is off by a bit shows', () => {
    const value = forest.value.slice();
    for (const [node, asked] of forest.feature.entries()) if (asked === LEAF) value[node]! += 2 ** -20;
    const planted = openEngine({ ...forest, value }, { backend: 'wasm' });
    expect(differences(planted, reference, all, 64, true).length).toBeGreaterThan(0);
  });
});
