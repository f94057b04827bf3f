import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { anEvent, originMs, shopEvent } from '../../../../packages/core/test/arbitraries/event.ts';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { openSource } from '../../src/importing/sources/open-source.ts';
import { exportEvents } from '../../src/jobs/export-events.ts';
import { importEvents } from '../../src/jobs/import-events.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-export-'));
afterAll(() => rmSync(folder, { recursive: true }));
const nowMs = Date.UTC(2026, 10, 20);
const events = fc
  .uniqueArray(shopEvent, { selector: ({ eventId }) => eventId, maxLength: 20 })
  .map((list) => list.map((event) => ({ ...event, tenant: 'default' })));

describe('export', () => {
  it.each([
    ['jsonl', 40],
    ['parquet', 12],
  ])('to .%s gives back through import exactly what was stored', async (ending, numRuns) => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(events, async (given) => {
        const out = join(folder, `${runs++}.${ending}`);
        const [before, after] = [memoryEventLog(), memoryEventLog()];
        await before.append(given);
        expect(await exportEvents({ log: before, out })).toEqual({ events: given.length, out });
        if (given.length === 0 && ending === 'jsonl') return; // an empty text file is refused as such
        const summary = await importEvents({ files: [out], source: openSource('tillcast'), log: after, nowMs });
        expect(summary).toMatchObject({ accepted: given.length, duplicate: 0, rejected: 0 });
        expect(await readAll(after)).toStrictEqual(await readAll(before));
      }),
      { numRuns },
    );
  });

  it('to .csv writes one line item a row, and nothing that a spreadsheet would run', async () => {
    const log = memoryEventLog();
    const items = [
      { itemId: '=1+1', brand: 'a "b", c', price: 5, quantity: 1 },
      { itemId: 'p2', quantity: 2 },
    ];
    await log.append([
      anEvent({ items, context: { n: -5 } }),
      anEvent({ eventId: 'e2', eventTimeMs: originMs + 1, event: 'search', items: [], value: 0 }),
    ]);
    const out = join(folder, 'x.csv');
    await exportEvents({ log, out });
    const [header, ...rows] = readFileSync(out, 'utf8').trimEnd().split('\r\n');
    expect(header!.split(',').slice(-6)).toEqual(['line', 'item_id', 'category', 'brand', 'price', 'quantity']);
    expect(rows[0]).toContain(`"{""n"":-5}",default,,,,0,'=1+1,,"a ""b"", c",5,1`);
    expect(rows[1]).toMatch(/,1,p2,,,,2$/);
    expect(rows[2]).toMatch(/^e2,search,.*,,,,,,$/);
    expect(rows.length).toBe(3);
  });

  it('leaves no half file where reading fails', async () => {
    const log = memoryEventLog();
    const failing = {
      ...log,
      async *read() {
        yield [anEvent()];
        throw new Error('the disk is gone');
      },
    };
    for (const ending of ['jsonl', 'csv', 'parquet']) {
      const out = join(folder, `failed.${ending}`);
      await expect(exportEvents({ log: failing, out })).rejects.toThrow('the disk is gone');
      expect(existsSync(out)).toBe(false);
    }
    expect(readdirSync(folder).filter((name) => /\.(part|spool)$/.test(name))).toEqual([]);
  });

  it('refuses a name whose ending it does not know, and a place it cannot write to', async () => {
    const log = memoryEventLog();
    await expect(exportEvents({ log, out: join(folder, 'x.xlsx') })).rejects.toThrow(
      /--out must end in \.jsonl, \.csv, \.parquet/,
    );
    await expect(exportEvents({ log, out: '/dev/null/x.jsonl' })).rejects.toThrow(/cannot be written/);
  });
});
