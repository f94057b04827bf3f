import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openRowBuilder, type RowCounts, type RowTable } from '@tillcast/core/learning/rows';
import { assignSplits, type SplitName, type Splits } from '@tillcast/core/learning/splits';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { Target } from '@tillcast/core/scoring/bundle';
import { catalogueHash } from './catalogue-hash.ts';
import { stageRows } from './staged-rows.ts';
import { writeTrainingTable } from './write-training-table.ts';

/** What to build, and where to. */
export interface DatasetOptions {
  readonly out: string;
  readonly target: Target;
  readonly horizonMs: number;
  /** Default 14 days. */
  readonly refundWindowMs?: number;
  /** The data's end; default: when the last event became known. */
  readonly untilMs?: number;
  /** Default `UTC`. */
  readonly timeZone?: string;
  readonly sessionGapMs?: number;
  /** As online, so that rows are what was served; default 1 hour. */
  readonly allowedLatenessMs?: number;
  readonly tenant?: string;
  /** Decides the folds; default 0. */
  readonly seed?: number;
  /** Called now and then with the number of events read. */
  readonly onProgress?: (events: number) => void;
}

/** What came of it; what `tillcast dataset --json` prints. */
export interface DatasetSummary extends RowCounts {
  readonly out: string;
  readonly target: Target;
  readonly horizonMs: number;
  readonly features: number;
  readonly catalogueHash: string;
  readonly dataFromMs: number;
  readonly dataUntilMs: number;
  readonly splits: Readonly<Partial<Record<SplitName, { readonly rows: number; readonly positives: number }>>>;
  /** What a training run would refuse or doubt, in sentences. */
  readonly warnings: readonly string[];
}

/** Default of `refundWindowMs`: 14 days. */
export const defaultDatasetRefundWindowMs = 14 * 24 * 3_600_000;
/** Below this many positives `tillcast train` refuses. */
const MIN_POSITIVES = 25;

/** Replays an event log into a training table on disk, in one ordered pass. */
export async function buildDataset(log: EventLog, options: DatasetOptions): Promise<DatasetSummary> {
  const features = featureCatalog.map(({ name }) => name);
  const staged = stageRows(`${options.out}.rows-${process.pid}`, features.length);
  try {
    const settings = settingsOf(options);
    const rows = await replay(log, options, openRowBuilder(settings, staged.add));
    const splits = assignSplits({ ...rows, horizonMs: options.horizonMs, seed: options.seed ?? 0 });
    const { events, censored, positives } = rows.counts;
    const counts = { events, rows: rows.rows, censored, positives };
    const { dataFromMs, dataUntilMs } = rows;
    const { target, horizonMs, refundWindowMs, timeZone, sessionGapMs } = settings;
    const about = { target, horizonMs, refundWindowMs, timeZone, sessionGapMs, dataFromMs, dataUntilMs };
    await writeTrainingTable(options.out, {
      ...{ features, staged, rows, splits },
      metadata: { ...about, features, catalogueHash: catalogueHash(), counts },
    });
    return summarizeDataset(options, rows, splits);
  } finally {
    staged.close();
  }
}

function settingsOf({ target, horizonMs, untilMs, allowedLatenessMs, ...rest }: DatasetOptions) {
  const { refundWindowMs = defaultDatasetRefundWindowMs, timeZone = 'UTC', sessionGapMs = defaultSessionGapMs } = rest;
  return {
    ...{ target, horizonMs, refundWindowMs, timeZone, sessionGapMs },
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(allowedLatenessMs === undefined ? {} : { allowedLatenessMs }),
  };
}

async function replay(log: EventLog, options: DatasetOptions, builder: ReturnType<typeof openRowBuilder>): Promise<RowTable> {
  const { untilMs = Number.POSITIVE_INFINITY, tenant, onProgress } = options;
  let events = 0;
  for await (const batch of log.read({ order: 'knowable', ...(tenant === undefined ? {} : { tenant }) })) {
    for (const event of batch) builder.push(event);
    events += batch.length;
    onProgress?.(events);
    if (isBeyond(batch, untilMs)) break;
  }
  if (events === 0)
    throw new TillcastError('INPUT_INVALID', 'there are no events to build a dataset from; import some with "tillcast import"');
  return builder.finish();
}

const isBeyond = (batch: readonly ShopEvent[], untilMs: number): boolean => {
  const last = batch[batch.length - 1];
  return last !== undefined && knowableAtMs(last) > untilMs;
};

/** What a finished table holds, and what a training run would say of it. */
export function summarizeDataset(options: DatasetOptions, rows: RowTable, splits: Splits): DatasetSummary {
  const { out, target, horizonMs } = options;
  const { counts, dataFromMs, dataUntilMs } = rows;
  const held = Object.entries(splits.counts).filter(([, { rows }]) => rows > 0);
  return {
    ...{ out, target, horizonMs, features: featureCatalog.length, catalogueHash: catalogueHash(), dataFromMs, dataUntilMs },
    ...counts,
    splits: Object.fromEntries(held),
    warnings: warningsOf(rows, splits),
  };
}

function warningsOf({ counts }: RowTable, { counts: windows, full }: Splits): string[] {
  const { rows, positives, censored, tooLate } = counts;
  const warnings: string[] = [];
  if (rows === 0) {
    warnings.push(
      `no rows: ${censored} were left out because their horizon ends after the data; shorten --horizon or bring more history`,
    );
  } else if (positives === 0 || positives === rows) {
    warnings.push(`one class: ${positives} of ${rows} rows are positive; nothing can be learnt from that`);
  } else if (positives < MIN_POSITIVES) {
    warnings.push(
      `${positives} positives: ${MIN_POSITIVES - positives} more are needed before "tillcast train" accepts the table`,
    );
  } else if (windows.train.positives === 0 || windows.test.positives === 0) {
    warnings.push('a window of train or test holds no positive; the history is too short for this horizon');
  } else if (!full) {
    warnings.push(
      `${positives} positives: no separate windows for stopping, blending and validation; grouped folds of "train" stand in`,
    );
  }
  if (tooLate > 0) warnings.push(`${tooLate} events arrived later than the allowed lateness; they are in no feature`);
  return warnings;
}
