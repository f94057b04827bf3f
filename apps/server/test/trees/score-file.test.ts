import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { afterAll, describe, expect, it } from 'vitest';
import { scoreFile } from '../../src/trees/score-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-trees-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const models = fileURLToPath(new URL('../../../../fixtures/models/', import.meta.url));
const modelOf = (name: string) => join(models, name, readdirSync(join(models, name)).find((file) => file.startsWith('model.'))!);
const expectedOf = (name: string) => JSON.parse(readFileSync(join(models, name, 'expected.json'), 'utf8'));
const names = ['feature_a', 'feature_b', 'feature_c', 'feature_d', 'feature_e'];

let files = 0;
function write(text: string | Buffer): string {
  const file = join(folder, `rows-${files++}.csv`);
  writeFileSync(file, text);
  return file;
}

const cell = (value: number | string | null) => (value === null ? '' : String(value));

async function run(model: string, rows: string, contributions = false) {
  const out = join(folder, `out-${files++}.csv`);
  const result = await scoreFile({ model: modelOf(model), rows, out, contributions });
  const [header, ...lines] = readFileSync(out, 'utf8').trimEnd().split('\n');
  return { result, header, text: lines, values: lines.map((line) => line.split(',').map(Number)) };
}

const refusal = async (model: string, text: string | Buffer): Promise<string> => {
  const before = readdirSync(folder).filter((file) => file.includes('out-') || file.endsWith('.tmp'));
  const error = await run(model, write(text)).then(
    () => expect.unreachable('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TillcastError);
  expect((error as TillcastError).kind).toBe('usage');
  expect(readdirSync(folder).filter((file) => file.includes('out-') || file.endsWith('.tmp'))).toEqual(before);
  return (error as TillcastError).message;
};

describe('trees score', () => {
  it.each(['catboost-missing-min', 'xgboost-default', 'lightgbm-default', 'sklearn-forest-missing'])(
    '%s: the library’s numbers, by name, in any order',
    async (name) => {
      const expected = expectedOf(name);
      const order = [3, 0, 4, 2, 1];
      const lines = expected.rows.map((row: (number | null)[]) =>
        [...order.map((column) => cell(row[column]!)), '"x, ""y"""'].join(','),
      );
      const rows = write(`${[...order.map((column) => names[column]), 'note'].join(',')}\r\n${lines.join('\r\n')}\r\n`);
      const { result, header, values, text } = await run(name, rows, true);
      expect(header).toBe(['raw_score', ...names, 'base_value'].join(','));
      expect(result).toMatchObject({ rows: expected.rows.length, contributions: true, ignored_columns: ['note'] });
      expect(values.length).toBe(expected.rows.length);
      const shap = expected.float64_shap ?? expected.shap;
      for (const [index, [raw, ...explained]] of values.entries()) {
        expect(Math.abs(raw! - expected.raw[index])).toBeLessThanOrEqual(expected.tolerance.raw);
        for (const [column, value] of explained.entries())
          expect(Math.abs(value - shap[index][column])).toBeLessThanOrEqual(1e-6);
      }
      for (const field of text[0]!.split(',')) expect(field).toBe(Number(field).toPrecision(17));
    },
  );

  it('takes columns by position, and the header’s names, where the model has none', async () => {
    const expected = expectedOf('lightgbm-missing');
    const rows = write(
      `\ufeffu,v,w,"x,1",y\n${expected.rows.map((row: (number | null)[]) => row.map(cell).join(',')).join('\n')}`,
    );
    const { header, values } = await run('lightgbm-missing', rows, true);
    expect(header).toBe('raw_score,u,v,w,"x,1",y,base_value');
    expect(values.map(([raw]) => raw)).toEqual(expected.raw);
  });

  it('reads missing and infinite cells as written by people and by pandas', async () => {
    const { values } = await run('catboost-missing-min', write(`${names}\n,NaN,1,Infinity,-Infinity\nnan,"", 1.0 ,inf,-inf\n`));
    expect(values[0]).toEqual(values[1]);
    expect(values[0]![0]).not.toBeNaN();
  });

  it('writes a header alone for no rows', async () => {
    expect((await run('catboost-default', write(`${names}\n`))).values).toEqual([]);
  });

  it.each<[string, string, string | Buffer, RegExp]>([
    ['a missing column', 'xgboost-default', 'feature_a,feature_b\n1,2\n', /lacks "feature_c", "feature_d", "feature_e"/],
    ['a column twice', 'xgboost-default', `${names},feature_a\n1,2,3,4,5,6\n`, /names "feature_a" twice/],
    ['a short line', 'xgboost-default', `${names}\n1,2,3,4,5\n1,2,3\n`, /line 3: 3 cells, the header has 5/],
    ['a long line', 'xgboost-default', `${names}\n1,2,3,4,5,6\n`, /line 2: 6 cells/],
    ['text in a cell', 'xgboost-default', `${names}\n1,2,3,abc,5\n`, /line 2, column "feature_d": "abc" is no number/],
    ['a hexadecimal', 'xgboost-default', `${names}\n1,2,3,0x10,5\n`, /"0x10" is no number/],
    ['an empty line inside', 'xgboost-default', `${names}\n1,2,3,4,5\n\n1,2,3,4,5\n`, /line 3: the line is empty/],
    ['a quote never closed', 'xgboost-default', `${names}\n1,2,3,4,"5\n1,2,3,4,5\n`, /line 2: .*quote/],
    ['an empty file', 'xgboost-default', '', /empty/],
    ['Latin-1', 'xgboost-default', Buffer.from(`${names}\n1,2,3,4,\xe9\n`, 'latin1'), /UTF-8/],
    [
      'too many columns for positions',
      'xgboost-missing',
      'a,b,c,d,e,f\n1,2,3,4,5,6\n',
      /takes 5 columns by position, the header has 6/,
    ],
    ['numbered columns out of order', 'xgboost-missing', 'f0,f2,f1,f3,f4\n1,2,3,4,5\n', /"f1" follows "f2"/],
  ])('refuses %s and writes nothing', async (_title, model, text, message) => {
    expect(await refusal(model, text)).toMatch(message);
  });

  it('on the command line: exit 2 with file, tree and node for a damaged model, one JSON line for a sound one', () => {
    const damaged = join(folder, 'damaged.json');
    const file = JSON.parse(readFileSync(modelOf('xgboost-default'), 'utf8'));
    file.learner.gradient_booster.model.trees[2].left_children[0] = 0;
    writeFileSync(damaged, JSON.stringify(file));
    const rows = write(`${names}\n1,2,3,4,5\n`);
    const cli = fileURLToPath(new URL('../../src/cli/tillcast.ts', import.meta.url));
    const call = (model: string, out: string) =>
      spawnSync(
        process.execPath,
        [cli, 'trees', 'score', '--model', model, '--rows', rows, '--out', join(folder, out), '--json'],
        { encoding: 'utf8' },
      );
    const refused = call(damaged, 'never.csv');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(`${damaged} (XGBoost JSON) tree 2 node 0: the node has two parents`);
    expect(readdirSync(folder)).not.toContain('never.csv');
    const done = call(modelOf('xgboost-default'), 'done.csv');
    expect(done.status).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ rows: 1, model: { kind: 'xgboost', trees: 25 } });
  });
});
