import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ShopEvent } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openRowBuilder } from '@tillcast/core/learning/rows';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { buildDataset } from '@tillcast/server/jobs/build-dataset';
import { replayShop } from './replay-shop.ts';

/**
 * Events a second of one ordered pass: folding alone, with rows and labels, and down to the Parquet file. A second is a second of processor time of
 * the whole process (garbage collection and compilation included), so that the figure is one core's even on a machine that is busy otherwise.
 */

const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    lateness: { type: 'string', default: '0' },
    target: { type: 'string', default: 'item' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(flags.events);
const seed = Number(flags.seed);
const allowedLatenessMs = Number(flags.lateness);
const target = flags.target === 'session' ? 'session' : 'item';
const settings = { target, horizonMs: 86_400_000, refundWindowMs: 14 * 86_400_000, timeZone: 'UTC', allowedLatenessMs } as const;

function* batches(size = 8_192): Generator<readonly ShopEvent[]> {
  let batch: ShopEvent[] = [];
  for (const event of replayShop(count, seed)) {
    batch.push(event);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** Seconds of processor time this process has used. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Processor seconds spent in `use`, the making of the events left out. */
function timed(use: (event: ShopEvent) => void, finish: () => void = () => {}): number {
  let spent = 0;
  for (const batch of batches()) {
    const from = cpuSeconds();
    for (const event of batch) use(event);
    spent += cpuSeconds() - from;
  }
  const from = cpuSeconds();
  finish();
  return spent + cpuSeconds() - from;
}

function applyOnly(): number {
  const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs });
  return timed((event) => void engine.apply(event));
}

function withRows(): { seconds: number; rows: number; positives: number } {
  const builder = openRowBuilder(settings, () => {});
  const counts = { rows: 0, positives: 0 };
  const seconds = timed(builder.push, () => Object.assign(counts, builder.finish().counts));
  return { seconds, rows: counts.rows, positives: counts.positives };
}

/** The generator stands in for the log, so reading and decoding of stored events is not in the figure; making events is taken off. */
async function withParquet(): Promise<{ seconds: number; bytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-bench-'));
  const out = join(folder, 'rows.parquet');
  let making = 0;
  async function* read(): AsyncGenerator<readonly ShopEvent[]> {
    const source = batches();
    for (;;) {
      const from = cpuSeconds();
      const { value, done } = source.next();
      making += cpuSeconds() - from;
      if (done === true) return;
      yield value;
    }
  }
  try {
    const from = cpuSeconds();
    await buildDataset({ read } as Pick<EventLog, 'read'> as EventLog, { ...settings, out });
    return { seconds: cpuSeconds() - from - making, bytes: statSync(out).size };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const perSecond = (seconds: number): number => Math.round(count / seconds);
const folded = applyOnly();
const rows = withRows();
const file = await withParquet();
const result = {
  ...{ events: count, rows: rows.rows, positives: rows.positives, target, allowedLatenessMs },
  eventsPerSecond: { applyOnly: perSecond(folded), withRows: perSecond(rows.seconds), withParquet: perSecond(file.seconds) },
  parquetBytes: file.bytes,
  rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
};
if (flags.json) console.log(JSON.stringify(result));
else console.table({ ...result, ...result.eventsPerSecond, eventsPerSecond: undefined });
