import type { ShopEvent } from '../events/event.ts';
import type { Claim } from './device-claims.ts';
import type { HistoryPlan } from './history.ts';
import { deviceMemory, type Numbered, type Shop, userMemory } from './shop-memory.ts';
import { applyToShopper, noteTaken, refold, type ShopperMemory } from './shopper-memory.ts';

/**
 * Folds a login into its device and hands what it claims to its user, whose turn is next. Answers whether it claims anything.
 * Arriving late, it may take from the logins after it what they had claimed: their users are folded anew.
 */
export function foldLoginIntoDevice(
  plan: HistoryPlan,
  shop: Shop,
  user: ShopperMemory,
  login: ShopEvent,
  context: LinkContext,
): boolean {
  const device = deviceMemory(plan, shop, login.anonymousId!, context.numbered);
  const claims: Claim[] = [];
  applyToShopper(plan, device, login, context.latenessMs, claims);
  const own = claims[0]?.login === login ? claims.shift() : undefined;
  passOn(plan, shop, claims);
  if (own?.history === undefined) return false;
  noteTaken(user, login, own.history);
  return true;
}

/** What folding a login needs to know besides. */
export interface LinkContext {
  readonly numbered: Numbered;
  readonly latenessMs: number;
}

/** Hands the users of later logins what these claim by now. */
export function passOn(plan: HistoryPlan, shop: Shop, claims: readonly Claim[]): void {
  const changed = new Set<ShopperMemory>();
  for (const { login, history } of claims) {
    const user = userMemory(shop, login.userId!);
    const held = user?.taken?.get(login.eventId);
    if (user === undefined || (held === undefined && history === undefined)) continue;
    if (!user.tail.some(({ eventId }) => eventId === login.eventId)) continue;
    noteTaken(user, login, history);
    changed.add(user);
  }
  for (const user of changed) refold(plan, user);
}
