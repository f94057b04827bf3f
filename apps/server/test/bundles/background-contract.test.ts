import { readFileSync } from 'node:fs';
import { backgroundText } from '@tillcast/core/scoring/bundle/background-file';
import Schema from 'typebox/schema';
import { expect, it } from 'vitest';

const contract = Schema.Compile(
  JSON.parse(readFileSync(new URL('../../../../contracts/background.schema.json', import.meta.url), 'utf8')) as object,
);

it('background.json is written as contracts/background.schema.json has it', () => {
  const rows = Float32Array.of(0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const text = backgroundText({ training: { rowCount: 2, rows }, buyers: { rowCount: 1, rows: rows.slice(0, 2) } });
  expect(contract.Check(JSON.parse(text))).toBe(true);
  expect(contract.Check(JSON.parse(backgroundText({})))).toBe(true);
});

it.each(['{"training":[]}', '{"training":[["NaN"]]}', '{"everyone":[[1]]}', '{"buyers":[7]}'])(
  'the contract refuses %s',
  (text) => {
    expect(contract.Check(JSON.parse(text))).toBe(false);
  },
);
