import { compareEvents, type ShopEvent } from '@tillcast/core/events/event';
import type { LabelDue, Outcome } from '@tillcast/core/ports/prediction-log';

interface Unit {
  readonly purchase: Outcome;
  readonly itemId: string | undefined;
  /** Units of one line that are still with the shopper. */
  left: number;
}

const compare = (a: Outcome, b: Outcome): number => compareEvents(a as ShopEvent, b as ShopEvent);

/** Who was behind something on a device, and since when that was known: the user of the first login after it that made its history theirs. */
function claimOf(outcomes: readonly Outcome[], shopper: string, isAfter: (login: Outcome, at: number) => boolean) {
  const logins = outcomes.map((login, at) => ({ login, at })).filter(({ login }) => isLogin(login) && login.shopper === shopper);
  const owner = logins[0]?.login.linked;
  return logins.find(({ login, at }) => login.linked === owner && isAfter(login, at))?.login;
}

const isLogin = ({ event, shopper }: Outcome): boolean => event === 'login' && shopper.startsWith('a:');
const knownMs = ({ eventTimeMs, receivedAtMs }: Outcome): number => Math.max(eventTimeMs, receivedAtMs);
const personBy = (claim: Outcome | undefined, shopper: string, atMs: number): string =>
  claim !== undefined && knownMs(claim) <= atMs ? claim.linked! : shopper;
const personOf = (outcomes: readonly Outcome[], one: Outcome, atMs: number): string =>
  personBy(
    claimOf(outcomes, one.shopper, (_, at) => at > outcomes.indexOf(one)),
    one.shopper,
    atMs,
  );

/** What is left of each line bought by one shopper, every refund set against the newest purchases it can be meant for. */
function linesLeft(known: readonly Outcome[], refundWindowMs: number): Unit[] {
  const outcomes = [...known];
  const person = (one: Outcome) => personOf(known, one, Number.POSITIVE_INFINITY);
  const lines = outcomes
    .filter(({ event }) => event === 'purchase')
    .flatMap((purchase): Unit[] => {
      const bought = purchase.items.map(({ itemId, quantity }) => ({ purchase, itemId, left: quantity }));
      return bought.length > 0 ? bought : [{ purchase, itemId: undefined, left: 1 }];
    })
    .sort((a, b) => compare(b.purchase, a.purchase));
  for (const refund of outcomes.filter(({ event }) => event === 'refund').sort(compare)) {
    const meant = lines.filter(
      ({ purchase, left }) =>
        left > 0 &&
        (purchase.shopper === refund.shopper || person(purchase) === person(refund)) &&
        compare(purchase, refund) < 0 &&
        refund.eventTimeMs - purchase.eventTimeMs <= refundWindowMs &&
        (refund.transactionId === undefined || refund.transactionId === purchase.transactionId),
    );
    const newest = meant[0]?.purchase;
    if (refund.items.length === 0) {
      for (const line of meant) if (refund.transactionId !== undefined || line.purchase === newest) line.left = 0;
    }
    for (const { itemId, quantity } of refund.items) {
      for (let unit = 0; unit < quantity; unit++) {
        const line = meant.find((one) => one.itemId === itemId && one.left > 0);
        if (line !== undefined) line.left--;
      }
    }
  }
  return lines;
}

/** The label of one prediction by looking at every outcome there was: the definition, spelt out; O(n²) over a history. */
export function labelByDefinition(
  { shopper, target, sessionId, itemId, askedAtMs, asOfMs, horizonMs }: Omit<LabelDue, 'revision'>,
  outcomes: readonly Outcome[],
  refundWindowMs: number,
): { readonly label: 0 | 1; readonly labelNet: 0 | 1 } {
  const known = outcomes.toSorted((a, b) => knownMs(a) - knownMs(b) || Number(isLogin(b)) - Number(isLogin(a)));
  const closesMs = asOfMs + horizonMs;
  const claim = claimOf(known, shopper, (login) => knownMs(login) > askedAtMs);
  const asker = personBy(claim, shopper, closesMs);
  const counting = linesLeft(known, refundWindowMs).filter(({ purchase, itemId: bought }) => {
    const isKnownLater = Math.max(purchase.eventTimeMs, purchase.receivedAtMs) > askedAtMs;
    const isInWindow = purchase.eventTimeMs >= asOfMs && purchase.eventTimeMs <= asOfMs + horizonMs;
    const isMeant = target === 'item' ? bought !== undefined && bought === itemId : purchase.sessionId === sessionId;
    const isTheirs = purchase.shopper === shopper || personOf(known, purchase, closesMs) === asker;
    return isTheirs && isKnownLater && isInWindow && isMeant;
  });
  return { label: counting.length > 0 ? 1 : 0, labelNet: counting.some(({ left }) => left > 0) ? 1 : 0 };
}
