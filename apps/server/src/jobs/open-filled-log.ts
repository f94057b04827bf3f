import type { EventLog } from '@tillcast/core/ports/event-log';
import { openConvert } from '@tillcast/core/shop/convert';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { DataDir } from '../cli/data-dir.ts';
import { openEventLog, openItemCatalogue } from '../compose.ts';
import { filledLog } from './filled-log.ts';

/** Opens the event log of a data directory as the features see it, with the catalogue that fills it; closing it closes both. */
export function openFilledLog(dir: DataDir, shop: ShopSettings): EventLog {
  const log = openEventLog(dir);
  const catalogue = openItemCatalogue(dir);
  return {
    ...filledLog(log, catalogue, openConvert(shop)),
    async close() {
      await catalogue.close();
      await log.close();
    },
  };
}
