import type { ShopEvent } from '../events/event.ts';
import { type Claim, isLogin } from './device-claims.ts';
import type { HistoryPlan } from './history.ts';
import { foldLoginIntoDevice, type LinkContext, passOn } from './link-devices.ts';
import type { Shop } from './shop-memory.ts';
import { applyToShopper, noteTaken, type Placed, type ShopperMemory } from './shopper-memory.ts';

/** Where an event ended up, and, of a login, the device whose history it made its user's. */
export interface PlacedEvent extends Placed {
  readonly device?: string;
}

/** Puts an event into the history of its shopper and, where it links or follows a link, of its device. */
export function placeEvent(
  plan: HistoryPlan,
  shop: Shop,
  memory: ShopperMemory,
  event: ShopEvent,
  context: LinkContext,
): PlacedEvent {
  const { latenessMs } = context;
  if (isLogin(event)) {
    const took = foldLoginIntoDevice(plan, shop, memory, event, context);
    const placed = applyToShopper(plan, memory, event, latenessMs);
    if (took && (latenessMs === 0 || placed.sessionId === undefined)) noteTaken(memory, event, undefined);
    return took && placed.sessionId !== undefined ? { ...placed, device: `a:${event.anonymousId}` } : placed;
  }
  if (memory.live.owner === undefined) return applyToShopper(plan, memory, event, latenessMs);
  const claims: Claim[] = [];
  const placed = applyToShopper(plan, memory, event, latenessMs, claims);
  passOn(plan, shop, claims);
  return placed;
}
