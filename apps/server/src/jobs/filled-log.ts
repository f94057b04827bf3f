import { openFactCursor } from '@tillcast/core/catalogue/fact-cursor';
import { fillEvent } from '@tillcast/core/catalogue/fill-event';
import { openCatalogueView } from '@tillcast/core/catalogue/view';
import { knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import type { Convert } from '@tillcast/core/shop/convert';

/** An event log as the features see it: read in knowable order, its events are filled by what the catalogue knew when each of them became known. */
export function filledLog(log: EventLog, catalogue: ItemCatalogue, convert: Convert): EventLog {
  async function* read(query: Parameters<EventLog['read']>[0] = {}): AsyncGenerator<readonly ShopEvent[]> {
    const view = openCatalogueView();
    const cursor = await openFactCursor(catalogue, view.learn, query.tenant);
    for await (const batch of log.read(query)) {
      const filled: ShopEvent[] = [];
      for (const event of batch) {
        const knownMs = knowableAtMs(event);
        if (cursor.nextMs <= knownMs) await cursor.advance(knownMs);
        filled.push(fillEvent(event, view, convert));
      }
      yield filled;
    }
  }
  return { ...log, read: (query) => (query?.order === 'knowable' ? read(query) : log.read(query)) };
}
