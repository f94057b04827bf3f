import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openRowBuilder } from '@tillcast/core/learning/rows';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { simulateShop } from '@tillcast/core/simulation/shop';
import { buildDataset } from '@tillcast/server/jobs/build-dataset';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;
const options = { target: 'item', horizonMs: 24 * HOUR_MS, refundWindowMs: 48 * HOUR_MS } as const;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillcast-dataset-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function logOf(events: readonly ShopEvent[]): Promise<EventLog> {
  const log = memoryEventLog();
  await log.append(events);
  return log;
}

/** A log that breaks off in the midst of a read. */
function brokenLog(log: EventLog): EventLog {
  return {
    ...log,
    async *read(query) {
      let batches = 0;
      for await (const batch of log.read({ ...query, batch: 500 })) {
        if (++batches > 4) throw new Error('the log broke');
        yield batch;
      }
    },
  };
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

// As imported history: each event known the moment it happened.
const events = simulateShop({ shoppers: 300, days: Number.POSITIVE_INFINITY, seed: 3 })
  .take(6_000)
  .map(({ event }): ShopEvent => ({ ...event, receivedAtMs: event.eventTimeMs, backfilled: true }))
  .toArray();
const out = () => join(folder, 'rows.parquet');

describe('buildDataset', () => {
  it('writes the columns of contracts/training-table.md, in order, without NULL in features', async () => {
    await buildDataset(await logOf(events), { ...options, out: out() });
    const described = await query(`describe select * from '${out()}'`);
    expect(described.slice(0, featureCatalog.length).map(({ column_name, column_type }) => [column_name, column_type])).toEqual(
      featureCatalog.map(({ name }) => [name, 'FLOAT']),
    );
    expect(described.slice(featureCatalog.length).map(({ column_name, column_type }) => `${column_name} ${column_type}`)).toEqual(
      [
        ...['row INTEGER', 't BIGINT', 'group VARCHAR', 'session VARCHAR', 'item VARCHAR', 'category VARCHAR', 'rung VARCHAR'],
        ...['label TINYINT', 'label_net TINYINT', 'split VARCHAR', 'fold TINYINT'],
      ],
    );
    const [nulls] = await query(
      `select count(*) - count(session_events) as n, count(*) - count(item_conversion) as m from '${out()}'`,
    );
    expect(nulls).toEqual({ n: 0n, m: 0n });
  });

  it('writes the very bits of the replay, row after row', async () => {
    const chunks: Float32Array[] = [];
    const builder = openRowBuilder({ ...options, timeZone: 'UTC' }, ({ features }) => void chunks.push(features.slice()));
    for (const event of events) builder.push(event);
    const table = builder.finish();
    await buildDataset(await logOf(events), { ...options, out: out() });
    const columns = featureCatalog.map(({ name }) => `"${name}"`).join(', ');
    const rows = await query(`select row, t, label, [${columns}] as x from '${out()}'`);
    const hash = createHash('sha256');
    for (const { x } of rows) hash.update(Float32Array.from(x as number[]));
    const all = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk.buffer))).subarray(
      0,
      table.rows * featureCatalog.length * 4,
    );
    expect(hash.digest('hex')).toBe(createHash('sha256').update(all).digest('hex'));
    expect(rows.map(({ row }) => row)).toEqual(rows.map((_, index) => index));
    expect(rows.map(({ label }) => label)).toEqual([...table.label]);
    expect(rows.map(({ t }) => Number(t))).toEqual([...table.t]);
  });

  it('tells of itself in the file and in the summary', async () => {
    const summary = await buildDataset(await logOf(events), { ...options, out: out() });
    const [kv] = await query(`select decode(value) as json from parquet_kv_metadata('${out()}') where decode(key) = 'tillcast'`);
    const { counts, ...said } = JSON.parse(String(kv?.json)) as Record<string, unknown>;
    expect(said).toMatchObject({ ...options, timeZone: 'UTC', sessionGapMs: HOUR_MS / 2, catalogueHash: summary.catalogueHash });
    expect(counts).toEqual({ events: 6_000, rows: summary.rows, censored: summary.censored, positives: summary.positives });
    expect(summary.positives).toBeGreaterThan(25);
    const held = await query(`select split, count(*)::int as rows, sum(label)::int as positives from '${out()}' group by split`);
    expect(Object.fromEntries(held.map(({ split, ...rest }) => [split, rest]))).toEqual(summary.splits);
  });

  it('gives the same file for the same events and seed', async () => {
    await buildDataset(await logOf(events), { ...options, out: out(), seed: 5 });
    const first = readFileSync(out());
    await buildDataset(await logOf(events), { ...options, out: out(), seed: 5 });
    expect(readFileSync(out()).equals(first)).toBe(true);
  });

  it('leaves the old file and nothing else when the log breaks', async () => {
    writeFileSync(out(), 'old');
    await expect(buildDataset(brokenLog(await logOf(events)), { ...options, out: out() })).rejects.toThrow('the log broke');
    expect(readdirSync(folder)).toEqual(['rows.parquet']);
    expect(readFileSync(out(), 'utf8')).toBe('old');
  });

  it('reads no event that became known after --until', async () => {
    const untilMs = events[3_000]!.receivedAtMs;
    const whole = await buildDataset(await logOf(events), { ...options, untilMs, out: out() });
    const cut = await buildDataset(await logOf(events.slice(0, 3_001)), { ...options, out: out() });
    expect({ ...whole, afterEnd: 0 }).toEqual(cut);
  });

  it.each([
    ['no rows', events.slice(0, 5), /no rows/],
    ['one class', events.filter(({ event }) => event !== 'purchase'), /one class/],
    ['too few positives', events.slice(0, 900), /more are needed/],
  ])('says what is wrong with a history of %s', async (_, history, warning) => {
    const { warnings } = await buildDataset(await logOf(history), { ...options, horizonMs: 6 * HOUR_MS, out: out() });
    expect(warnings.join('\n')).toMatch(warning);
  });

  it('refuses an empty log', async () => {
    await expect(buildDataset(await logOf([]), { ...options, out: out() })).rejects.toThrow(/no events/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
