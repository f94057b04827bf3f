import { defaultSessionGapMs } from '@tillcast/core/events/session';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { DataDir } from '../cli/data-dir.ts';
import { openSuppressions } from '../compose.ts';
import { openFilledLog } from '../jobs/open-filled-log.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { fitLifetime } from './fit-lifetime.ts';
import { keepLifetime, type LifetimeFile } from './lifetime-file.ts';
import { readLog } from './read-log.ts';

/** Learns lifetime value from the orders of a data directory, and keeps it beside the segments. Raises TOO_FEW_POSITIVES. */
export async function trainLifetime(dir: DataDir, shop: ShopSettings): Promise<LifetimeFile> {
  const nowMs = Date.now();
  const suppressions = await openSuppressions(dir);
  const log = openFilledLog(dir, shop);
  try {
    const { has: isErased } = await openErasedList(suppressions);
    const settings = { timeZone: shop.timeZone ?? 'UTC', sessionGapMs: defaultSessionGapMs };
    const { ledgers } = await readLog({ log, ...settings, asOfMs: nowMs, asked: [], isErased });
    const fitted = await fitLifetime(dir.runs, ledgers, nowMs);
    keepLifetime(dir.segments.history, fitted);
    return fitted;
  } finally {
    await suppressions.close();
    await log.close();
  }
}
