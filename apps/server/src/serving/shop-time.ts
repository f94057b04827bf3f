import { defaultSessionGapMs } from '@tillcast/core/events/session';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { ShopSettings } from '@tillcast/core/shop/settings';

/** What was said of the shop's time; the first of `timeZone` and the shop's own counts. */
export interface ToldTime {
  readonly shop?: Pick<ShopSettings, 'timeZone'> | undefined;
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
}

/**
 * The shop's time zone and session gap: as told, else as its champion was trained with (of visits before of items), else the defaults. Whoever computes
 * features asks here, so that they mean the same in a server and in a stock taken beside it.
 */
export async function shopTime(
  { shop, timeZone = shop?.timeZone, sessionGapMs }: ToldTime,
  registry: Pick<ModelRegistry, 'list' | 'resolve'>,
) {
  const manifests = await registry.list();
  const versions = [await registry.resolve('session', 'champion'), await registry.resolve('item', 'champion')];
  const champion = versions
    .map((version) => manifests.find((manifest) => manifest.version === version))
    .find((manifest) => manifest !== undefined);
  return {
    timeZone: timeZone ?? champion?.timeZone ?? 'UTC',
    sessionGapMs: sessionGapMs ?? champion?.sessionGapMs ?? defaultSessionGapMs,
  };
}
