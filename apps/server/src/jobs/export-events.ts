import type { EventLog } from '@tillcast/core/ports/event-log';
import { openEventWriter } from '../exporting/open-event-writer.ts';

/** What an export is told. */
export interface ExportOptions {
  readonly log: EventLog;
  /** Ends in `.jsonl`, `.csv` or `.parquet`. */
  readonly out: string;
  readonly tenant?: string;
  onProgress?(share: number, events: number): void;
}

/** Writes what is stored of one tenant, in the order of events; the file appears whole or not at all. */
export async function exportEvents({
  log,
  out,
  tenant = 'default',
  onProgress,
}: ExportOptions): Promise<{ readonly events: number; readonly out: string }> {
  const writer = openEventWriter(out);
  let events = 0;
  try {
    const total = await log.count(tenant);
    for await (const batch of log.read({ tenant })) {
      for (const event of batch) writer.write(event);
      events += batch.length;
      onProgress?.(total === 0 ? 1 : events / total, events);
    }
    await writer.finish();
    return { events, out };
  } catch (error) {
    writer.abandon();
    throw error;
  }
}
