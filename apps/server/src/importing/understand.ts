import { hash } from 'node:crypto';
import type { ShopEvent } from '@tillcast/core/events/event';
import type { Arrival } from '@tillcast/core/events/parse-event';
import { own } from '@tillcast/core/events/read-field';
import { parseRecord } from '@tillcast/core/events/record';
import type { GoodRow, RowFile } from './files/row.ts';
import { Refused, type Source } from './sources/source.ts';

/** The event a row is, by the source's vocabulary and the checks of the wire; or why it is none. */
export function understand(row: GoodRow, file: RowFile, source: Source, arrival: Arrival): ShopEvent | Refused {
  const rowId = (): string => hash('sha256', `${source.name}\n${file.canonical(row.fields)}`);
  const record = source.toRecord(row.fields, rowId);
  if (record instanceof Refused) return record;
  const complete = source.givesBack === true && own(record, 'received_at') !== undefined;
  const parsed = parseRecord(record, complete ? arrival : { ...arrival, sequence: row.index });
  if (parsed.ok) return parsed.event;
  const told = parsed.problems.slice(0, 3).map(({ pointer, problem }) => `${pointer} ${problem}`.trim());
  return new Refused(
    parsed.problems[0]?.pointer === '/event' ? 'unknown_event' : 'invalid_field',
    told.join('; '),
    parsed.problems,
  );
}
