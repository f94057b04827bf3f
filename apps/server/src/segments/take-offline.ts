import { featureCatalog } from '@tillcast/core/features/catalog';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { DataDir } from '../cli/data-dir.ts';
import { openModelRegistry, openSuppressions } from '../compose.ts';
import { defaultStateMemoryMb } from '../config.ts';
import { openFilledLog } from '../jobs/open-filled-log.ts';
import { openAssess } from '../serving/assess.ts';
import { openChampions } from '../serving/champions.ts';
import { shopTime } from '../serving/shop-time.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { openSnapshotStore } from './folder.ts';
import type { VersionedSegments } from './read-segments.ts';
import { currentLifetime } from './refit-lifetime.ts';
import { takeStockInto } from './take.ts';

/** How stock is taken of a data directory. */
export interface OfflineSettings {
  readonly file: VersionedSegments;
  readonly shop: ShopSettings;
  /** Epoch ms. */
  readonly nowMs: number;
  /** Default: as a server would take them, so that features mean the same (`shopTime`). */
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
  /** Memory for what features remember, MiB: whoever fits into it is asked about. */
  readonly stateMemoryMb?: number | undefined;
  /** Age at which lifetime value is learnt anew, ms; null = not with a stock. */
  readonly refitAfterMs: number | null;
  readonly onProgress: (text: string) => void;
}

/**
 * Takes stock of a data directory without a server, into a folder: reads its events once, asks its champions. Memory grows with shoppers (the ledgers,
 * some 500 bytes each) and with nothing else.
 */
export async function takeOffline(dir: DataDir, folder: string, settings: OfflineSettings): Promise<void> {
  const { file, shop, nowMs, stateMemoryMb = defaultStateMemoryMb, refitAfterMs, onProgress } = settings;
  const registry = openModelRegistry(dir);
  const time = await shopTime(settings, registry);
  const suppressions = await openSuppressions(dir);
  const log = openFilledLog(dir, shop);
  const engine = openFeatureEngine({ ...time, memoryBytes: stateMemoryMb * 1_048_576 }, featureCatalog);
  const champions = openChampions({
    registry,
    serving: { features: engine.features, ...time },
    everyMs: 0,
  });
  try {
    const erased = await openErasedList(suppressions);
    await champions.refresh();
    const localTime = openZoneClock(time.timeZone);
    const clock = () => ({ nowMs, localTime, timeZone: time.timeZone });
    const { assess } = openAssess({ engine, champions, localTime });
    const refit = { history: dir.segments.history, runs: dir.runs, afterMs: refitAfterMs };
    await takeStockInto(
      folder,
      {
        ...{ store: openSnapshotStore(dir.segments), file, margin: shop.margin },
        reading: {
          ...{ log, ...time, engine, isErased: erased.has },
          onProgress: (events) => onProgress(`${events.toLocaleString('en')} events read`),
        },
        chances: { engine, champions, assess, clock, sessionGapMs: time.sessionGapMs },
        lifetime: (ledgers) => currentLifetime(refit, ledgers, nowMs),
      },
      nowMs,
    );
  } finally {
    await champions.close();
    await suppressions.close();
    await log.close();
  }
}
