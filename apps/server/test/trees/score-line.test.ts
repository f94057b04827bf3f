import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeRow } from '@tillcast/trees/encode-row';
import { type Forest, LEAF } from '@tillcast/trees/forest';
import { readForest } from '@tillcast/trees/read-forest';
import { score } from '@tillcast/trees/score';
import { openExplainer } from '@tillcast/trees/shap';
import { afterAll, describe, expect, it } from 'vitest';
import { ROWS_PER_BLOCK } from '../../src/trees/score-block.ts';
import { scoreFile } from '../../src/trees/score-file.ts';
import { openScoreLine, type RowAnswer } from '../../src/trees/score-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-score-line-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const models = fileURLToPath(new URL('../../../../fixtures/models/', import.meta.url));
const modelOf = (name: string) => join(models, name, readdirSync(join(models, name)).find((file) => file.startsWith('model.'))!);
const forestOf = (name: string): Forest => readForest(readFileSync(modelOf(name)));

/** Different from block to block, and one in seven of no float32. */
function rowsOf(forest: Forest, count: number): Float64Array[] {
  const words = forest.encoding?.codes.map((codes) => codes && [...codes.keys()]);
  return Array.from({ length: count }, (_, row) =>
    encodeRow(
      forest,
      Array.from({ length: forest.featureCount }, (_, feature) => {
        const draw = Math.imul(row * 31 + feature + 1, 0x9e3779b1) >>> 8;
        const known = words?.[feature];
        if (draw % 11 === 0) return null;
        return known ? known[draw % known.length]! : draw % 7 === 0 ? (draw % 1_000) / 333 - 1 : (draw % 64) / 16 - 2;
      }),
    ),
  );
}

interface Answered extends Omit<RowAnswer, 'contributions'> {
  readonly contributions: readonly number[] | undefined;
}

async function run(forest: Forest, rows: readonly Float64Array[], threads: number, contributions: boolean): Promise<Answered[]> {
  const answers: Answered[] = [];
  const line = openScoreLine(forest, {
    contributions,
    threads,
    onAnswer: (answer) => answers.push({ ...answer, contributions: answer.contributions && [...answer.contributions] }),
    refuse: (number, problem) => new RangeError(`line ${number}: ${problem}`),
  });
  try {
    for (const [index, row] of rows.entries()) {
      const room = line.push(row, index + 2);
      if (room !== undefined) await room;
    }
    await line.end();
    return answers;
  } finally {
    await line.close();
  }
}

describe('rows scored over threads', () => {
  it.each(['xgboost-default', 'lightgbm-missing', 'catboost-ctr-combinations', 'sklearn-forest-missing'])(
    '%s: the bits of one thread, in the order of the rows, whatever the number of threads',
    { timeout: 120_000 },
    async (name) => {
      const forest = forestOf(name);
      const rows = rowsOf(forest, 7 * ROWS_PER_BLOCK + 5);
      const expected = rows.map((row) => score(forest, row));
      expect(expected.slice(0, ROWS_PER_BLOCK)).not.toEqual(expected.slice(ROWS_PER_BLOCK, 2 * ROWS_PER_BLOCK));
      for (const threads of [1, 2])
        expect((await run(forest, rows, threads, false)).map((answer) => answer.score)).toEqual(expected);
    },
  );

  it.each(['xgboost-default', 'sklearn-forest-missing'])('%s: contributions as well', { timeout: 120_000 }, async (name) => {
    const forest = forestOf(name);
    const rows = rowsOf(forest, 2 * ROWS_PER_BLOCK + 100);
    const alone = await run(forest, rows, 1, true);
    expect(await run(forest, rows, 2, true)).toEqual(alone);
    const explainer = openExplainer(forest);
    const out = new Float64Array(forest.featureCount);
    for (const [index, answer] of alone.slice(0, 1_000).entries()) {
      expect(answer.baseValue).toBe(explainer.explain(rows[index]!, out));
      for (const [feature, value] of out.entries())
        expect(Math.abs(answer.contributions![feature]! - value)).toBeLessThanOrEqual(1e-9);
    }
  });

  it.each([1, 2])('%s threads: a row without an answer is named by its line', async (threads) => {
    const forest = forestOf('xgboost-default');
    const split = forest.feature.findIndex((feature) => feature !== LEAF);
    const column = forest.feature[split]!;
    // Beyond 1e30 the first tree's answer is no number.
    const broken: Forest = {
      ...forest,
      treeCount: 1,
      roots: Int32Array.of(0),
      feature: Int32Array.of(column, LEAF, LEAF),
      value: Float64Array.of(1e30, 0, Number.NaN),
      left: Int32Array.of(1, LEAF, LEAF),
      right: Int32Array.of(2, LEAF, LEAF),
      missingGoesLeft: Uint8Array.of(1, 1, 1),
      cover: Float64Array.of(1, 1, 0),
    };
    const rows = rowsOf(broken, 5 * ROWS_PER_BLOCK);
    await expect(run(broken, rows, threads, false)).resolves.toHaveLength(rows.length);
    rows[8_765]![column] = 2e30;
    rows[9_000]![column] = 2e30;
    await expect(run(broken, rows, threads, false)).rejects.toThrow('line 8767: the model gives no finite score');
  });
});

describe('trees score over threads', () => {
  const names = ['feature_a', 'feature_b', 'feature_c', 'feature_d', 'feature_e'];
  const lines = rowsOf(forestOf('xgboost-default'), 4 * ROWS_PER_BLOCK).map((row) =>
    [...row].map((value) => (Number.isNaN(value) ? '' : value)).join(','),
  );
  const scoreTo = (rows: string, out: string, threads: number) =>
    scoreFile({ model: modelOf('xgboost-default'), rows, out: join(folder, out), contributions: false, threads });
  const write = (file: string, text: readonly string[]): string => {
    writeFileSync(join(folder, file), `${names}\n${text.join('\n')}\n`);
    return join(folder, file);
  };

  it('writes the same file as one thread', async () => {
    const rows = write('rows.csv', lines);
    for (const threads of [1, 2]) expect((await scoreTo(rows, `${threads}.csv`, threads)).rows).toBe(lines.length);
    expect(readFileSync(join(folder, '2.csv'), 'utf8')).toBe(readFileSync(join(folder, '1.csv'), 'utf8'));
  });

  it('names the line that is wrong while threads are at work, and leaves nothing behind', async () => {
    const rows = write('wrong.csv', lines.with(-1, '1,2,x,4,5'));
    await expect(scoreTo(rows, 'wrong-out.csv', 2)).rejects.toThrow(
      `line ${lines.length + 1}, column "feature_c": "x" is no number`,
    );
    expect(readdirSync(folder).filter((file) => file.includes('wrong-out'))).toEqual([]);
  });
});
