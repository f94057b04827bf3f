import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { afterAll, describe, expect, it } from 'vitest';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { openSource } from '../../src/importing/sources/open-source.ts';
import type { ImportSummary } from '../../src/importing/tally.ts';
import { importEvents } from '../../src/jobs/import-events.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillcast-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const nowMs = Date.UTC(2026, 10, 20);
const header = 'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session';
const row = (n: number) => `2019-10-01 00:00:0${n % 10} UTC,view,${n},2103807459595387724,,acme,35.79,u${n},s${n}`;

let files = 0;
/** Writes a file of its own and gives its path. */
function file(name: string, content: string | Buffer): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}

interface Imported extends ImportSummary {
  readonly events: ShopEvent[];
  readonly rejections: Record<string, unknown>[];
}

/** Imports into a fresh log, and gives what came of it. */
async function imported(paths: string[], source = 'rees46', log = memoryEventLog()): Promise<Imported> {
  const rejectedFile = join(folder, `${files++}-rejected.jsonl`);
  const summary = await importEvents({ files: paths, source: openSource(source), log, rejectedFile, nowMs });
  const rejections = readFileSync(rejectedFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rejections.length).toBe(summary.rejected);
  expect(summary.accepted + summary.duplicate + summary.rejected).toBe(summary.rows);
  return { ...summary, events: await readAll(log), rejections };
}

const refused = (paths: string[], source?: string) =>
  imported(paths, source).then(
    () => 'taken',
    (error: Error & { code?: string }) => `${error.code} ${error.message}`,
  );

describe('import', () => {
  it('reads a table, tells duplicates from rejects, and is idempotent', async () => {
    const path = file('a.csv', `${[header, row(1), row(2), row(1), '2019-10-01 00:00:03 UTC,view,3'].join('\n')}`);
    const log = memoryEventLog();
    const first = await imported([path], 'rees46', log);
    expect(first).toMatchObject({ rows: 4, accepted: 2, duplicate: 1, rejected: 1, rejected_by_reason: { cut_off: 1 } });
    expect(first.errors[0]).toMatchObject({
      index: 3,
      line: 5,
      problem: expect.stringMatching(/cut off.*line 5 has 3 of 9 columns, missing columns: category_id/),
    });
    expect(await imported([path], 'rees46', log)).toMatchObject({ accepted: 0, duplicate: 3, rejected: 1 });
    expect(first.events[0]).toStrictEqual({
      tenant: 'default',
      eventId: expect.stringMatching(/^[0-9a-f]{64}$/),
      event: 'view_item',
      eventTimeMs: Date.UTC(2019, 9, 1, 0, 0, 1),
      receivedAtMs: Date.UTC(2019, 9, 1, 0, 0, 1),
      backfilled: true,
      sequence: 0,
      userId: 'u1',
      sessionId: 's1',
      items: [{ itemId: '1', brand: 'acme', price: 35.79, quantity: 1 }],
      context: { category_id: '2103807459595387724' },
    });
  });

  it.each([
    ['a.csv', (text: string) => text],
    ['b.csv.gz', (text: string) => gzipSync(text)],
  ])('tells how much of a small file it has read, and never more than all of it (%s)', async (name, pack) => {
    const path = join(folder, `share-${name}`);
    writeFileSync(path, pack([header, row(1), row(2)].join('\n')));
    const shares: number[] = [];
    const told = { source: openSource('rees46'), nowMs, onProgress: ({ share }: { share: number }) => void shares.push(share) };
    await importEvents({ files: [path], ...told });
    expect(shares.at(-1)).toBe(1);
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
  });

  it('gives a row the same id whatever the order of its columns, its file or its packing', async () => {
    const columns = header.split(',');
    const turned = [columns.toReversed().join(','), row(1).split(',').toReversed().join(',')].join('\n');
    const log = memoryEventLog();
    await imported([file('a.csv', `${header}\n${row(1)}\n`)], 'rees46', log);
    expect(
      await imported([file('b.csv', turned), file('c.csv.gz', gzipSync(`${header}\r\n${row(1)}\r\n`))], 'rees46', log),
    ).toMatchObject({ accepted: 0, duplicate: 2 });
  });

  it.each<[string, string, string]>([
    ['a wrong time', row(1).replace('2019-10-01 00', '2019-13-01 00'), 'invalid_field'],
    ['a time before 2000', row(1).replace('2019', '1970'), 'invalid_field'],
    ['a time to come', row(1).replace('2019', '2031'), 'invalid_field'],
    ['an unknown event', row(1).replace('view', 'gaze'), 'unknown_event'],
    ['a price that is no number', row(1).replace('35.79', 'NaN'), 'invalid_field'],
    ['an infinite price', row(1).replace('35.79', '1e999'), 'invalid_field'],
    ['a negative price', row(1).replace('35.79', '-1'), 'invalid_field'],
    ['nobody', row(1).replace(',u1,', ',,'), 'invalid_field'],
    ['a huge field', row(1).replace('acme', 'x'.repeat(5_000)), 'invalid_field'],
    ['a control character', row(1).replace('acme', 'ac\u0000me'), 'invalid_field'],
    ['one cell too many', `${row(1)},x`, 'too_many_columns'],
    ['one cell too few', 'a,b', 'missing_columns'],
    ['nothing', '', 'empty_line'],
  ])('rejects a row with %s, by name, and no other', async (_name, line, reason) => {
    const { accepted, rejections } = await imported([file('a.csv', `${header}\n${row(2)}\n${line}\n${row(3)}\n`)]);
    expect(accepted).toBe(2);
    expect(rejections).toEqual([expect.objectContaining({ index: 1, line: 3, reason, raw: line })]);
  });

  it('rejects single rows of another encoding', async () => {
    const latin1 = Buffer.from(`${header}\n${row(1).replace('acme', 'caf\xe9')}\n${row(2)}\n`, 'latin1');
    expect(await imported([file('a.csv', latin1)])).toMatchObject({ accepted: 1, rejected_by_reason: { bad_encoding: 1 } });
  });

  it.each<[string, () => string, RegExp]>([
    ['no such file', () => join(folder, 'absent.csv'), /absent\.csv: there is no such file/],
    [
      'a folder',
      () => {
        mkdirSync(join(folder, 'dir.csv'), { recursive: true });
        return join(folder, 'dir.csv');
      },
      /is a directory/,
    ],
    ['an empty file', () => file('a.csv', ''), /is empty/],
    ['an empty packed file', () => file('a.csv.gz', ''), /is empty/],
    ['a packed nothing', () => file('a.csv.gz', gzipSync('')), /is empty/],
    ['a .gz that is none', () => file('a.csv.gz', header), /holds no gzip stream/],
    ['UTF-16', () => file('a.csv', Buffer.from(`\ufeff${header}\n`, 'utf16le')), /UTF-16/],
    ['UTF-16 without a mark', () => file('a.csv', Buffer.from(`${header}\n`, 'utf16le')), /UTF-16/],
    ['a missing column', () => file('a.csv', `${header.replace(',brand', '')}\n`), /missing column brand; found "event_time"/],
    ['another delimiter', () => file('a.csv', `${header.replaceAll(',', ';')}\n`), /delimited by ";"/],
    ['a column twice', () => file('a.csv', `${header},price\n`), /"price" occurs twice/],
    ['an unknown ending', () => file('a.xls', 'x'), /must end in \.csv/],
    ['no Parquet', () => file('a.parquet', 'x'), /does not begin like one/],
    ['half a Parquet', () => file('a.parquet', 'PAR1xxxx'), /damaged or cut off/],
  ])('refuses %s before anything is stored', async (_name, path, message) => {
    const good = file('good.csv', `${header}\n${row(1)}\n`);
    const log = memoryEventLog();
    await expect(imported([good, path()], 'rees46', log)).rejects.toThrow(message);
    expect(await log.count()).toBe(0);
  });

  it('imports what comes before the cut of a packed file, and says that it is cut', async () => {
    const whole = gzipSync(`${header}\n${Array.from({ length: 50_000 }, (_, n) => row(n)).join('\n')}\n`);
    const log = memoryEventLog();
    const cut = file('cut.csv.gz', whole.subarray(0, whole.length / 2));
    await expect(imported([cut], 'rees46', log)).rejects.toThrow(
      /gzip stream is cut off.*before that: \d+ accepted, 0 duplicate, 0 rejected/,
    );
    const before = await log.count();
    expect(before).toBeGreaterThan(1_000);
    expect(await imported([file('whole.csv.gz', whole)], 'rees46', log)).toMatchObject({
      duplicate: before,
      accepted: 50_000 - before,
      rejected: 0,
    });
  });

  it('writes nothing in a dry run, and no half file in any', async () => {
    const path = file('a.csv', `${header}\n${row(1)}\nx\n`);
    const before = readdirSync(folder).length;
    expect(await importEvents({ files: [path], source: openSource('rees46'), nowMs })).toMatchObject({
      accepted: 1,
      rejected: 1,
    });
    expect(readdirSync(folder).length).toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('takes memory that does not grow with the file', async () => {
    const path = join(folder, 'large.csv');
    const stream = createWriteStream(path);
    stream.write(`${header}\n`);
    for (let n = 0; n < 50; n++) stream.write(`${Array.from({ length: 1_000 }, (_, i) => row(n * 1_000 + i)).join('\n')}\n`);
    await new Promise((resolve) => stream.end(resolve));
    let held = 0;
    const forgetful = {
      ...memoryEventLog(),
      append: async (events: readonly ShopEvent[]) => {
        held = Math.max(held, events.length);
        return { accepted: events.length, duplicate: 0, conflicts: [], acceptedIndexes: [] };
      },
    };
    expect(await importEvents({ files: [path], source: openSource('rees46'), log: forgetful, nowMs })).toMatchObject({
      accepted: 50_000,
    });
    expect(held).toBeLessThanOrEqual(16_384);
  });
});

describe('other sources', () => {
  it('reads the GA4 export', async () => {
    const { events, rejections } = await imported([join(root, 'fixtures/events/ga4.jsonl')], 'ga4');
    expect(
      events.map(({ event, userId, anonymousId, sessionId, items, value, currency, transactionId }) => ({
        event,
        userId,
        anonymousId,
        sessionId,
        items,
        value,
        currency,
        transactionId,
      })),
    ).toEqual([
      {
        event: 'view_item',
        anonymousId: '1026454.4271112504',
        sessionId: '661084800',
        items: [{ itemId: '9195700', category: 'Home.Drinkware', price: 14.5, quantity: 1 }],
        currency: 'USD',
      },
      {
        event: 'purchase',
        userId: 'u-7',
        anonymousId: '1026454.4271112504',
        sessionId: '661084800',
        items: [{ itemId: '9195700', category: 'Home', price: 14.5, quantity: 2 }],
        value: 29,
        currency: 'USD',
        transactionId: 'T-1001',
      },
    ]);
    expect(events[0]!.eventTimeMs).toBe(1_612_069_510_766);
    expect(rejections.map(({ reason }) => reason)).toEqual(['unknown_event', 'invalid_field']);
  });

  it('reads Segment archives, with their time of arrival', async () => {
    const { events, rejections } = await imported([join(root, 'fixtures/events/segment.jsonl')], 'segment');
    expect(events.map(({ eventId, event, items }) => ({ eventId, event, items: items.length }))).toEqual([
      { eventId: 'ajs-1', event: 'view_item', items: 1 },
      { eventId: 'ajs-3', event: 'purchase', items: 2 },
    ]);
    expect(events[0]).toMatchObject({ receivedAtMs: Date.UTC(2026, 2, 2, 10, 0, 1, 500), anonymousId: 'd-1' });
    expect(events[0]!.backfilled).toBeUndefined();
    expect(rejections.map(({ reason }) => reason)).toEqual(['unknown_event', 'unknown_event']);
  });

  it('reads a table that a mapping describes', async () => {
    const { events, rejections } = await imported(
      [join(root, 'fixtures/events/orders.csv')],
      join(root, 'examples/mapping.yaml'),
    );
    expect(events.map(({ event }) => event)).toEqual(['view_item', 'add_to_cart', 'purchase']);
    expect(events[2]).toMatchObject({
      userId: 'c-1',
      sessionId: 'v-1',
      transactionId: 'o-17',
      currency: 'EUR',
      eventTimeMs: 1_772_445_720_000,
      items: [{ brand: 'acme; sons', price: 59.9 }],
    });
    expect(rejections.map(({ reason }) => reason)).toEqual(['unknown_event', 'invalid_field']);
  });

  it('rejects an id that is stored with another body, and keeps the first', async () => {
    const line = (user: string) =>
      JSON.stringify({ event_id: 'e1', event: 'search', event_time: '2026-01-01T00:00:00Z', user_id: user });
    const { events, rejections } = await imported(
      [file('a.jsonl', `${line('ana')}\n${line('ana')}\n${line('ben')}\nnull\n{"a`)],
      'tillcast',
    );
    expect(events.map(({ userId }) => userId)).toEqual(['ana']);
    expect(rejections.map(({ reason, index }) => [reason, index])).toEqual([
      ['not_json', 3],
      ['cut_off', 4],
      ['conflict', 2],
    ]);
  });

  it('cannot be talked into a reason of the row’s own', async () => {
    const { rejections } = await imported(
      [file('a.jsonl', '{"reason":"conflict","problem":"none","event":"search","event_time":1}\n')],
      'tillcast',
    );
    expect(rejections).toEqual([
      expect.objectContaining({ reason: 'invalid_field', problem: expect.stringMatching(/unknown field "reason"/) }),
    ]);
  });

  it('says everything that is wrong with a mapping', async () => {
    const mapping = file(
      'm.yaml',
      'name: 1\ntime_format: unix\ncolour: red\ncolumns: { event: action, price: 3, size: s }\nevents: { a: gaze }\n',
    );
    const message = await refused([file('a.csv', 'a\n')], mapping);
    for (const part of [
      '/name must be text',
      '/time_format must be one of',
      '/colour unknown field',
      '/columns/price must be text',
      '/columns/size unknown field',
      '/columns/event_time is missing',
      '/columns/user_id is missing',
      '/events/a "gaze" is no event name',
    ])
      expect(message).toContain(part);
    expect(await refused([], file('n.yaml', 'a: [')).then((told) => told)).toMatch(/^INPUT_INVALID the mapping/);
    expect(() => openSource('shopify')).toThrow(/--source must be tillcast, rees46, ga4, segment or a mapping file/);
  });
});

const real = process.env.TILLCAST_REAL_DATA;
describe.skipIf(real === undefined || !existsSync(join(real, 'rees46')))(
  `the real REES46 window${real === undefined ? ' (skipped: no real data)' : ''}`,
  () => {
    it('accounts for each of its 17,435 rows', async () => {
      const path = join(real!, 'rees46', '2019-10-01_0000-0250utc.csv');
      const log = memoryEventLog();
      const summary = await imported([path], 'rees46', log);
      expect(summary).toMatchObject({
        rows: 17_435,
        accepted: 17_429,
        duplicate: 5,
        rejected: 1,
        rejected_by_reason: { cut_off: 1 },
      });
      expect(summary.errors[0]).toMatchObject({
        line: 17_436,
        problem: expect.stringMatching(/cut off.*8 of 9 columns, missing columns: user_session/),
      });
      expect(summary.events.filter(({ event }) => event === 'purchase').length).toBe(214);
      expect(summary.events.filter(({ event }) => event === 'add_to_cart').length).toBe(164);
      expect(summary.events.filter(({ items }) => items[0]?.price === 0).length).toBe(19);
    });
  },
);
