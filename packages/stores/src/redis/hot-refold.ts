import { foldApart, linkedWith, type TenantLog } from '@tillcast/core/features/fold-apart';
import type { Mirror } from '@tillcast/core/features/mirror';
import { RedisFailure } from './failure.ts';
import type { HotKeys } from './hot-keys.ts';
import { patienceMs } from './hot-rebuild.ts';
import { EpochMoved, type Lane } from './lane.ts';
import type { RedisLink } from './redis-link.ts';

/** A lane of the current epoch, with nothing at hand but what it brings. */
export interface LaneApart {
  readonly lane: Lane;
  readonly mirror: Mirror;
}

export interface RefoldParts {
  readonly from: TenantLog;
  readonly link: RedisLink;
  readonly keys: HotKeys;
  readonly laneApart: () => Promise<LaneApart>;
  readonly openMirror: () => Mirror;
}

/** Times the log is read again because something happened to them meanwhile. */
const maxRounds = 20;
const pollMs = 50;
/** While all is folded anew, what was read of the log before an erasure may still be written: its end is waited for. */
const buildingMs = 60_000;

/** Puts what the log tells of shoppers, and of those linked with them, in the place of what Redis holds. Raises STORE_UNAVAILABLE. */
export async function refoldShoppers(parts: RefoldParts, shoppers: readonly string[]): Promise<void> {
  const { from, laneApart, openMirror } = parts;
  for (let round = 0; round < maxRounds; round += 1) {
    await builtAnew(parts);
    const linked = await linkedWith(from, shoppers);
    const all = [...linked];
    const { lane, mirror } = await laneApart();
    try {
      await lane.bring(all, [], new Set());
      const apart = openMirror();
      await foldApart(from, linked, (shopper) => mirror.at(from.tenant, shopper), apart);
      if (await lane.replace(all, (shopper) => apart.at(from.tenant, shopper))) return;
    } catch (error) {
      // Folded anew meanwhile, from a log that may have been read before.
      if (!(error instanceof EpochMoved) || error.now === undefined) throw error;
    }
  }
  throw new RedisFailure('refused', `these shoppers changed ${maxRounds} times while they were folded anew; ask again`);
}

async function builtAnew({ link, keys }: RefoldParts): Promise<void> {
  const untilMs = performance.now() + buildingMs;
  while ((await link.run((redis) => redis.exists(keys.building), patienceMs)) === 1) {
    if (performance.now() > untilMs) throw new RedisFailure('refused', 'the hot state is being folded anew; ask again');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
