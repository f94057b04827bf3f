import { BACKGROUND_ROWS, drawBackgrounds } from '@tillcast/core/scoring/background';
import { backgroundText, parseBackgrounds } from '@tillcast/core/scoring/bundle/background-file';
import { openRandom } from '@tillcast/core/simulation/random';
import { describe, expect, it } from 'vitest';

const width = 3;
/** Row r holds r in each column; every tenth shopper buys. */
const sourceOf = (count: number) => ({
  rows: Float32Array.from({ length: count * width }, (_, at) => Math.floor(at / width)),
  width,
  labels: Uint8Array.from({ length: count }, (_, row) => (row % 10 === 3 ? 1 : 0)),
});
const drawnRows = ({ rows }: { rows: Float32Array }): number[] => [...rows].filter((_, at) => at % width === 0);

describe('drawing backgrounds', () => {
  it('keeps distinct rows of the table in its order, and of buyers only buyers', () => {
    const { training, buyers } = drawBackgrounds(sourceOf(5_000), openRandom(1));
    expect(training!.rowCount).toBe(BACKGROUND_ROWS);
    const kept = drawnRows(training!);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    expect(kept.every((row) => row >= 0 && row < 5_000)).toBe(true);
    expect([...training!.rows]).toEqual(kept.flatMap((row) => [row, row, row]));
    expect(buyers!.rowCount).toBe(BACKGROUND_ROWS);
    expect(drawnRows(buyers!).every((row) => row % 10 === 3)).toBe(true);
  });

  it('draws the same rows of the same seed, others of another', () => {
    const drawn = (seed: number) => drawnRows(drawBackgrounds(sourceOf(2_000), openRandom(seed)).training!);
    expect(drawn(4)).toEqual(drawn(4));
    expect(drawn(4)).not.toEqual(drawn(5));
  });

  it('takes every row equally often', () => {
    const times = new Float64Array(40);
    const [seeds, most] = [4_000, 10];
    for (let seed = 0; seed < seeds; seed++)
      for (const row of drawnRows(drawBackgrounds(sourceOf(40), openRandom(seed), most).training!)) times[row]!++;
    // 40 counts of mean 1,000 and standard deviation 27: five of them are 137.
    for (const count of times) expect(Math.abs(count - (seeds * most) / 40)).toBeLessThan(137);
  });

  it('takes all where there are few, and leaves out a population of none', () => {
    const { training, buyers } = drawBackgrounds(sourceOf(12), openRandom(1));
    expect(drawnRows(training!)).toEqual(Array.from({ length: 12 }, (_, row) => row));
    expect(drawnRows(buyers!)).toEqual([3]);
    expect(drawBackgrounds(sourceOf(2), openRandom(1)).buyers).toBeUndefined();
    expect(drawBackgrounds(sourceOf(0), openRandom(1))).toEqual({});
  });
});

describe('background.json', () => {
  const rows = Float32Array.of(0.1, Number.NaN, Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY, 3e38);
  const read = (text: string) => parseBackgrounds(JSON.parse(text), width);

  it('is read as it was written, to the bit', () => {
    const backgrounds = { training: { rowCount: 2, rows }, buyers: { rowCount: 1, rows: rows.slice(0, 3) } };
    expect(backgroundText(backgrounds).split('\n')).toHaveLength(8);
    const back = read(backgroundText(backgrounds));
    expect(back).toEqual({
      training: { rowCount: 2, rows: Float32Array.from(rows, (value) => value + 0) },
      buyers: backgrounds.buyers,
    });
    expect(read(backgroundText({}))).toEqual({});
  });

  it.each([
    ['another population', '{"everyone":[[1,2,3]]}', 'unknown field "everyone"'],
    ['a population of no row', '{"training":[]}', '"training" has no row'],
    ['a short row', '{"training":[[1,2,3],[1,2]]}', '"training", row 2 must be a list of 3 values'],
    ['a row that is none', '{"buyers":[7]}', '"buyers", row 1 must be a list of 3 values'],
    ['text', '{"training":[[1,2,"many"]]}', '"training", row 1 holds "many", which is not a float32'],
    ['a float64', '{"training":[[1,2,0.1]]}', 'holds 0.1, which is not a float32'],
    ['too many rows', `{"training":[${Array.from({ length: 1_025 }, () => '[1,2,3]').join()}]}`, 'a list of at most 1024'],
    ['a list', '[]', 'must be an object'],
  ])('refuses %s', (_, text, problem) => {
    expect(() => read(text)).toThrowError(
      expect.objectContaining({ code: 'BUNDLE_REFUSED', message: expect.stringContaining(problem) }),
    );
  });
});
