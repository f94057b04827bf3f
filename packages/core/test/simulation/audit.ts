import { shopperOf } from '@tillcast/core/events/event';
import { openRandom } from '@tillcast/core/simulation/random';
import { type ShopSettings, type SimulatedEvent, simulateShop } from '@tillcast/core/simulation/shop';

/** A claimed probability and what came of it. */
export interface Claim {
  readonly probability: number;
  bought: boolean;
}

const DAY_MS = 86_400_000;

/**
 * One session claim and one item claim a session, each at a step chosen before the session began (not by looking at what followed),
 * so that claims of different sessions are independent trials with the claimed probabilities.
 */
export function auditShop(settings: ShopSettings): { readonly session: readonly Claim[]; readonly item: readonly Claim[] } {
  const random = openRandom('audit');
  const endMs = settings.startMs! + settings.days * DAY_MS;
  const sessions = new Map<string, { readonly step: number; seen: number; claim?: Claim }>();
  const items = new Map<string, { readonly claim: Claim; readonly untilMs: number }[]>();
  const claims = { session: [] as Claim[], item: [] as Claim[] };
  for (const { event, truth } of simulateShop(settings)) {
    if (event.sessionId === undefined) continue;
    const shopper = shopperOf(event);
    let session = sessions.get(event.sessionId);
    if (session === undefined) {
      session = { step: Math.floor(-Math.log(random.uniform()) * 2.5), seen: 0 };
      sessions.set(event.sessionId, session);
    }
    if (event.event === 'purchase') {
      if (session.claim !== undefined) session.claim.bought = true;
      for (const { itemId } of event.items)
        for (const { claim, untilMs } of items.get(`${shopper} ${itemId}`) ?? [])
          if (event.eventTimeMs <= untilMs) claim.bought = true;
    }
    if (session.seen++ !== session.step || event.eventTimeMs + DAY_MS > endMs) continue;
    session.claim = { probability: truth.session, bought: false };
    claims.session.push(session.claim);
    if (truth.item === undefined) continue;
    const claim = { probability: truth.item, bought: false };
    claims.item.push(claim);
    const key = `${shopper} ${event.items[0]!.itemId}`;
    items.set(key, [...(items.get(key) ?? []), { claim, untilMs: event.eventTimeMs + DAY_MS }]);
  }
  return claims;
}

/**
 * By how many binomial standard deviations the purchases miss the claims, at worst: in a decile of the claims, or in all together
 * (which sees a bias that is spread thinly). Three purchases are forgiven, for the tails of nearly empty deciles.
 */
export function worstMiss(claims: readonly Claim[], bias = 1): number {
  const ordered = claims.map(({ probability, bought }) => ({ probability: Math.min(1, probability * bias), bought }));
  ordered.sort((a, b) => a.probability - b.probability);
  const deciles = Array.from({ length: 10 }, (_, decile) =>
    ordered.slice((decile * ordered.length) / 10, ((decile + 1) * ordered.length) / 10),
  );
  return Math.max(...[ordered, ...deciles].map(missOf));
}

function missOf(group: readonly Claim[]): number {
  const expected = group.reduce((sum, { probability }) => sum + probability, 0);
  const variance = group.reduce((sum, { probability }) => sum + probability * (1 - probability), 0);
  const missed = Math.abs(group.filter(({ bought }) => bought).length - expected);
  return Math.max(0, missed - 3) / Math.sqrt(variance + 1e-9);
}

/** The first events of a shop that never closes. */
export function firstEvents(settings: Omit<ShopSettings, 'days'>, count: number): readonly SimulatedEvent[] {
  return simulateShop({ ...settings, days: Number.POSITIVE_INFINITY })
    .take(count)
    .toArray();
}
