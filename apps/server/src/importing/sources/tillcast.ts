import { type Fields, own } from '@tillcast/core/events/read-field';
import { compact, number } from './cells.ts';
import { instant } from './instants.ts';
import type { Source } from './source.ts';

/** Our own form: what `events export` and `simulate` write, and what a shop posts to `/v1/events`, kept as JSON lines. */
export const tillcast: Source = {
  name: 'tillcast',
  needs: ['event', 'event_time'],
  refusesCsv:
    'the CSV export is for spreadsheets, one line item a row; import JSONL or Parquet, or describe the columns in a mapping file',
  givesBack: true,
  toRecord: (fields, rowId) =>
    compact({
      ...fields,
      event_id: own(fields, 'event_id') ?? rowId(),
      // A Parquet table has types where JSON has texts: moments without a zone (UTC), 64-bit integers as digits, the context as JSON text.
      event_time: instant(own(fields, 'event_time'), 'datetime'),
      received_at: instant(own(fields, 'received_at'), 'datetime'),
      sequence: number(fields, 'sequence'),
      context: parsedContext(own(fields, 'context')),
    }),
};

function parsedContext(context: unknown): unknown {
  if (typeof context !== 'string') return context;
  try {
    return JSON.parse(context) as Fields;
  } catch {
    return context;
  }
}
