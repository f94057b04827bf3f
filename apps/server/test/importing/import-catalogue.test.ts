import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openConvert } from '@tillcast/core/shop/convert';
import { noSettings } from '@tillcast/core/shop/settings';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { afterAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { filledLog } from '../../src/jobs/filled-log.ts';
import { importCatalogue } from '../../src/jobs/import-catalogue.ts';
import { openToyIntake } from '../toys/toy-intake.ts';
import { fridayEvening, wireEvent } from '../toys/toy-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-feed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const now = { asOfMs: fridayEvening, knownByMs: fridayEvening };

async function imported(files: readonly string[], over: Partial<Parameters<typeof importCatalogue>[0]> = {}) {
  const catalogue = memoryItemCatalogue();
  const summary = await importCatalogue({ files, catalogue, nowMs: fridayEvening, ...over });
  return { catalogue, summary };
}

const csv = `item_id,price,stock,available,category,brand,valid_from
p1,489.9,12,true,electronics.smartphone,acme,2026-01-01 00:00:00
p1,450,,,,,2026-11-27T00:00:00Z
p2,,0,no,,,
p3,cheap,,,,,
`;

describe('import --source catalogue', () => {
  it('reads CSV: an empty cell says nothing; each bad row has its reason', async () => {
    const rejectedFile = join(folder, 'rejected.jsonl');
    const { catalogue, summary } = await imported([file('a.csv', csv)], { rejectedFile });
    expect(summary).toMatchObject({ rows: 4, accepted: 3, duplicate: 0, rejected: 1, rejected_by_reason: { invalid_field: 1 } });
    expect(JSON.parse(readFileSync(rejectedFile, 'utf8'))).toMatchObject({
      line: 5,
      problem: expect.stringContaining('/price must be a number'),
    });
    const smartphone = { price: 489.9, stock: 12, available: true, category: 'electronics.smartphone', brand: 'acme' };
    expect(await catalogue.at('default', 'p1', now)).toEqual(smartphone);
    expect(await catalogue.at('default', 'p2', now)).toEqual({ stock: 0, available: false });
  });

  it('takes history as known since it holds, and what is announced as known from now on', async () => {
    const { catalogue } = await imported([file('b.csv', csv)]);
    const at = async (asOf: string, knownBy: string) =>
      (await catalogue.at('default', 'p1', { asOfMs: Date.parse(asOf), knownByMs: Date.parse(knownBy) }))?.price;
    expect(await at('2026-01-01', '2026-01-01')).toBe(489.9);
    expect(await at('2026-11-28', '2026-11-20T18:00Z')).toBe(489.9);
    expect(await at('2026-11-28', '2026-11-20T18:30Z')).toBe(450);
  });

  it('reads JSON lines and Parquet to the same facts, twice to the same', async () => {
    const rows = [
      { item_id: 'p1', price: 489.9, stock: 12, available: true, brand: 'acme', valid_from: '2026-01-01T00:00:00Z' },
      { item_id: 'p2', stock: 0, available: false, valid_from: '2026-01-01T00:00:00Z' },
    ];
    const jsonl = file('c.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    const parquet = join(folder, 'c.parquet');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`copy (select * from read_json('${jsonl}')) to '${parquet}' (format parquet)`);
    const facts = async (files: readonly string[]) => {
      const { catalogue, summary } = await imported(files);
      return { summary, all: [await catalogue.at('default', 'p1', now), await catalogue.at('default', 'p2', now)] };
    };
    const [lines, table, twice] = [await facts([jsonl]), await facts([parquet]), await facts([jsonl, parquet, jsonl])];
    expect(table.all).toEqual(lines.all);
    expect(twice).toMatchObject({ all: lines.all, summary: { accepted: 2, duplicate: 4 } });
  });

  it('lets the caller say since when rows hold that do not say; a dry run writes nothing', async () => {
    const feed = file('d.csv', 'item_id,price\np1,5\n');
    const { catalogue } = await imported([feed], { validFromMs: Date.UTC(2020, 0, 1) });
    expect(await catalogue.at('default', 'p1', { asOfMs: Date.UTC(2020, 0, 1), knownByMs: Date.UTC(2020, 0, 1) })).toEqual({
      price: 5,
    });
    expect(await importCatalogue({ files: [feed], nowMs: fridayEvening })).toMatchObject({ accepted: 1 });
  });

  it('names a column that no feed has, and a file without item_id', async () => {
    const { summary } = await imported([file('e.csv', 'item_id,prise\np1,5\n')]);
    expect(summary.errors[0]!.problem).toContain('unknown field "prise"');
    await expect(imported([file('f.csv', 'sku,price\np1,5\n')])).rejects.toThrow('item_id');
  });
});

it('a replay reads events as they were filled when they came', async () => {
  const log = memoryEventLog();
  const { ingest } = openToyIntake({ log });
  await ingest([
    wireEvent('a', 'view_item', { items: [{ item_id: 'p1' }] }),
    wireEvent('b', 'view_item', { items: [{ item_id: 'p2', price: 3 }] }),
  ]);
  const { catalogue } = await imported([file('g.csv', csv)]);
  const read = await readAll(filledLog(log, catalogue, openConvert(noSettings)), { order: 'knowable' });
  expect(read.map(({ items }) => items[0]!.price)).toEqual([489.9, 3]);
  expect((await readAll(log)).map(({ items }) => items[0]!.price)).toEqual([undefined, 3]);
});
