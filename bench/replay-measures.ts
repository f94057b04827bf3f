import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ShopEvent } from '@tillcast/core/events/event';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openRowBuilder } from '@tillcast/core/learning/rows';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { buildDataset } from '@tillcast/server/jobs/build-dataset';
import { readReplayEvents } from './replay-events.ts';

/** What can be measured: folding alone, rows and labels, and the whole way to the file. */
export const measures = ['apply', 'rows-item', 'rows-session', 'parquet-item', 'parquet-session'] as const;

export type Measure = (typeof measures)[number];

/** Whether a text names a measure. */
export const isMeasure = (name: string): name is Measure => (measures as readonly string[]).includes(name);

/**
 * What was measured. Seconds are processor time of the whole process (garbage collection and compilation included, the making of events not),
 * so that the figure is one core's even on a machine that is busy otherwise.
 */
export interface Measured {
  readonly seconds: number;
  readonly rows?: number;
  readonly positives?: number;
  readonly parquetBytes?: number;
  readonly rssMiB: number;
}

const DAY_MS = 86_400_000;

/** Measures once, in this process, over the events in a folder. */
export async function measure(name: Measure, folder: string, allowedLatenessMs: number): Promise<Measured> {
  const [kind, target] = name.split('-') as ['apply' | 'rows' | 'parquet', 'item' | 'session'];
  const settings = { target, horizonMs: DAY_MS, refundWindowMs: 14 * DAY_MS, timeZone: 'UTC', allowedLatenessMs } as const;
  const result =
    kind === 'apply'
      ? applyOnly(folder, allowedLatenessMs)
      : kind === 'rows'
        ? withRows(folder, settings)
        : await withParquet(folder, settings);
  return { ...result, rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20) };
}

type Settings = Omit<Parameters<typeof buildDataset>[1], 'out'> & Parameters<typeof openRowBuilder>[0];

function applyOnly(events: string, allowedLatenessMs: number): { seconds: number } {
  const engine = openFeatureEngine({ timeZone: 'UTC', allowedLatenessMs });
  return { seconds: timed(events, (event) => void engine.apply(event)) };
}

function withRows(events: string, settings: Settings): { seconds: number; rows: number; positives: number } {
  const builder = openRowBuilder(settings, () => {});
  const counts = { rows: 0, positives: 0 };
  const seconds = timed(events, builder.push, () => Object.assign(counts, builder.finish().counts));
  return { seconds, rows: counts.rows, positives: counts.positives };
}

/** The simulator stands in for the log, so reading and decoding of stored events is not in the figure. */
async function withParquet(events: string, settings: Settings): Promise<{ seconds: number; parquetBytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-bench-'));
  const out = join(folder, 'rows.parquet');
  let making = 0;
  async function* read(): AsyncGenerator<readonly ShopEvent[]> {
    const source = readReplayEvents(events);
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
    return { seconds: cpuSeconds() - from - making, parquetBytes: statSync(out).size };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Processor seconds spent in `use`, the making of the events left out. */
function timed(events: string, use: (event: ShopEvent) => void, finish: () => void = () => {}): number {
  let spent = 0;
  for (const batch of readReplayEvents(events)) {
    const from = cpuSeconds();
    for (const event of batch) use(event);
    spent += cpuSeconds() - from;
  }
  const from = cpuSeconds();
  finish();
  return spent + cpuSeconds() - from;
}

/** Seconds of processor time this process has used. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
