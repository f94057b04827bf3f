import { defaultSessionGapMs } from '@tillcast/core/events/session';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openZoneClock } from '@tillcast/core/features/zone-clock';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { DataDir } from '../cli/data-dir.ts';
import { openModelRegistry, openSuppressions } from '../compose.ts';
import { openFilledLog } from '../jobs/open-filled-log.ts';
import { openAssess } from '../serving/assess.ts';
import { openChampions } from '../serving/champions.ts';
import { openErasedList } from '../subjects/erased-list.ts';
import { openSnapshotStore } from './folder.ts';
import { readLifetime } from './lifetime-file.ts';
import type { VersionedSegments } from './read-segments.ts';
import type { Snapshot } from './snapshot.ts';
import { takeSnapshot } from './take.ts';

/** Time zone and session gap: as the champions were trained, so that features mean the same. */
async function settingsOf(dir: DataDir, shop: ShopSettings): Promise<{ timeZone: string; sessionGapMs: number }> {
  const registry = openModelRegistry(dir);
  const manifests = await registry.list();
  const version = (await registry.resolve('item', 'champion')) ?? (await registry.resolve('session', 'champion'));
  const champion = manifests.find((manifest) => manifest.version === version);
  return {
    timeZone: champion?.timeZone ?? shop.timeZone ?? 'UTC',
    sessionGapMs: champion?.sessionGapMs ?? defaultSessionGapMs,
  };
}

/** Takes stock of a data directory without a server: replays its events, asks its champions, keeps what it finds. */
export async function takeOffline(
  dir: DataDir,
  file: VersionedSegments,
  shop: ShopSettings,
  onProgress: (text: string) => void,
): Promise<Snapshot> {
  const settings = await settingsOf(dir, shop);
  const nowMs = Date.now();
  const suppressions = await openSuppressions(dir);
  const log = openFilledLog(dir, shop);
  const engine = openFeatureEngine(settings, featureCatalog);
  const champions = openChampions({
    registry: openModelRegistry(dir),
    serving: { features: engine.features, ...settings },
    everyMs: 0,
  });
  try {
    const erased = await openErasedList(suppressions);
    await champions.refresh();
    let replayed = 0;
    for await (const events of log.read({ order: 'knowable' })) {
      for (const event of events) if (!erased.has(event)) engine.apply(event);
      replayed += events.length;
      onProgress(`${replayed.toLocaleString('en')} events replayed`);
    }
    const localTime = openZoneClock(settings.timeZone);
    const clock = () => ({ nowMs, localTime, timeZone: settings.timeZone });
    const { assess } = openAssess({ engine, champions, localTime });
    onProgress('taking stock');
    return await takeSnapshot(
      {
        ...{ store: openSnapshotStore(dir.segments), file, margin: shop.margin },
        reading: { log, ...settings, isErased: erased.has },
        chances: { engine, champions, assess, clock, sessionGapMs: settings.sessionGapMs },
        lifetime: () => readLifetime(dir.segments.history),
      },
      nowMs,
    );
  } finally {
    await champions.close();
    await suppressions.close();
    await log.close();
  }
}
