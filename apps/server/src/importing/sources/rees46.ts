import { compact, number, text } from './cells.ts';
import { instant } from './instants.ts';
import type { Source } from './source.ts';

/** The event stream of REES46's open data sets: one item a row, `2019-10-01 00:00:00 UTC`; a price of 0 means unknown. */
export const rees46: Source = {
  name: 'rees46',
  needs: ['event_time', 'event_type', 'product_id', 'category_id', 'category_code', 'brand', 'price', 'user_id', 'user_session'],
  toRecord(fields, rowId) {
    const categoryId = text(fields, 'category_id');
    return compact({
      event_id: rowId(),
      event: text(fields, 'event_type'),
      event_time: instant(text(fields, 'event_time'), 'datetime'),
      user_id: text(fields, 'user_id'),
      session_id: text(fields, 'user_session'),
      items: [
        compact({
          item_id: text(fields, 'product_id'),
          category: text(fields, 'category_code'),
          brand: text(fields, 'brand'),
          price: number(fields, 'price'),
        }),
      ],
      // A third of the rows have no category_code; the id is kept for those who can join it.
      context: categoryId === undefined ? undefined : { category_id: categoryId },
    });
  },
};
