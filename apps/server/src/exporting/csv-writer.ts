import type { LineItem, ShopEvent } from '@tillcast/core/events/event';
import { toRecord } from '@tillcast/core/events/record';
import { openTextWriter } from '../importing/text-writer.ts';
import { cell } from './csv-cell.ts';
import type { EventWriter } from './event-writer.ts';

const eventColumns = [
  ...[
    'event_id',
    'event',
    'event_time',
    'received_at',
    'user_id',
    'anonymous_id',
    'session_id',
    'transaction_id',
    'value',
    'currency',
  ],
  ...['prediction_id', 'consent', 'context', 'tenant', 'sequence', 'backfilled', 'mark'],
];
const itemColumns = ['line', 'item_id', 'category', 'brand', 'price', 'quantity'];

/** For spreadsheets: one line item a row, the event repeated; an event without items is one row with empty item cells. */
export function openCsvWriter(file: string): EventWriter {
  const writer = openTextWriter(file);
  writer.write(`${[...eventColumns, ...itemColumns].join(',')}\r\n`);
  return {
    write(event: ShopEvent): void {
      const record = toRecord(event);
      const cells = eventColumns.map((name) =>
        cell(name === 'context' || name === 'mark' ? jsonText(event[name]) : record[name]),
      );
      const lines: readonly (LineItem | undefined)[] = event.items.length === 0 ? [undefined] : event.items;
      lines.forEach((item, line) => void writer.write(`${[...cells, ...itemCells(item, line)].join(',')}\r\n`));
    },
    finish: writer.finish,
    abandon: writer.abandon,
  };
}

const jsonText = (value: object | undefined): string | undefined => value && JSON.stringify(value);

const itemCells = (item: LineItem | undefined, line: number): string[] =>
  item === undefined
    ? itemColumns.map(() => '')
    : [line, item.itemId, item.category, item.brand, item.price, item.quantity].map(cell);
