import { type Chain, hittingProbability, LEAVE } from './chain.ts';
import { cumulate } from './distributions.ts';
import { appealShares, CART_MAX, cartState, PURCHASE, places, type VisitKind, viewState, visitChain } from './journey.ts';
import { missions } from './truth.ts';

/** Log-odds by which someone who comes back for what he left is more eager. */
const RETURN_URGE = 0.5;

/** What a shopper takes along when he leaves: his cart, else the item he looked at last, else nothing. */
export interface Unfinished {
  readonly start: number;
  /** Chance to be back for it between half an hour and sixteen hours later, and after a day or more. */
  readonly sameDay: number;
  readonly later: number;
}

/** A kind of visit with everything that can be known about its future, by state. */
export interface Outlook {
  readonly kind: VisitKind;
  readonly chain: Chain;
  /** Running sums of the shares of the appeals among the items come across. */
  readonly appeals: Float64Array;
  /** P(a purchase later in this session). */
  readonly session: Float64Array;
  /** In a view: P(the item in view is bought within 24 h). */
  readonly viewed: Float64Array;
  /** For each place in the cart from the bottom: P(the item lying there is bought within 24 h). */
  readonly carted: readonly Float64Array[];
}

/**
 * The outlook of a kind of visit. `next` is the outlook of the visit that follows the same day; absent, there is none,
 * so that a day holds at most one such return and the number is exact: a later return begins more than 24 h after leaving.
 */
function visitOutlook(kind: VisitKind, next?: Outlook): Outlook {
  const chain = visitChain(kind);
  const session = hittingProbability(chain, (_, to) => (to === PURCHASE ? 1 : to === LEAVE ? 0 : undefined));
  const carted = Array.from({ length: CART_MAX }, (_, below) => cartedItem(chain, below + 1, next));
  return { kind, chain, appeals: cumulate(appealShares(kind.reach)), session, viewed: viewedItem(chain, carted, next), carted };
}

/** The item that lies `height`-th from the bottom of the cart is bought unless it is taken out, or left for good. */
function cartedItem(chain: Chain, height: number, next?: Outlook): Float64Array {
  return hittingProbability(chain, (from, to) => {
    const { cart } = places[from]!;
    if (cart < height) return 0;
    if (to === PURCHASE) return 1;
    if (to !== LEAVE) return places[to]!.cart < height ? 0 : undefined;
    return next === undefined ? 0 : unfinished[from]!.sameDay * next.carted[height - 1]![cartState(cart)]!;
  });
}

/** The item in view is bought if it goes into the cart now, or after another look, or on return; any other move forgets it. */
function viewedItem(chain: Chain, carted: readonly Float64Array[], next?: Outlook): Float64Array {
  return hittingProbability(chain, (from, to) => {
    const here = places[from]!;
    if (here.event !== 'view_item') return 0;
    if (to === LEAVE)
      return next === undefined || here.cart > 0 ? 0 : unfinished[from]!.sameDay * next.viewed[unfinished[from]!.start]!;
    const there = places[to]!;
    if (there.event === 'add_to_cart') return carted[there.cart - 1]![to]!;
    return isSameItem(from, to) ? undefined : 0;
  });
}

/** Whether a move between views stays with the item: then, and only then, the count of views rises or stands at its top. */
export function isSameItem(from: number, to: number): boolean {
  const there = places[to]!;
  return there.event === 'view_item' && there.views > 0 && places[from]!.event === 'view_item';
}

/** What is left unfinished by leaving in each state. */
export const unfinished: readonly Unfinished[] = places.map(({ event, appeal, cart }) => {
  if (cart > 0 && event !== 'purchase') return { start: cartState(cart), sameDay: 0.2, later: 0.12 };
  if (event === 'view_item')
    return { start: viewState(appeal, 1, 0), sameDay: 0.07 + 0.03 * appeal, later: 0.02 + 0.02 * appeal };
  return { start: cartState(0), sameDay: 0, later: 0 };
});

/** Width of the steps in which urge and reach are told apart. */
const STEP = { urge: 0.25, reach: 0.2 };
const MOST_STEPS = 20;

/** The outlook of a visit; `returned`: it is a same-day return already, after which no other follows. */
export type OutlookOf = (kind: VisitKind, returned: boolean) => Outlook;

/** Rounds kinds of visit to steps and works each one out once. Behaviour follows the rounded kind, so rounding costs no truth. */
export function outlookBook(): OutlookOf {
  const known = new Map<number, Outlook>();
  const outlookOf: OutlookOf = ({ mission, urge, reach }, returned) => {
    const [urgeSteps, reachSteps] = [steps(urge, STEP.urge), steps(reach, STEP.reach)];
    const key = ((missions.indexOf(mission) * 2 + Number(returned)) * 64 + urgeSteps + MOST_STEPS) * 64 + reachSteps + MOST_STEPS;
    let outlook = known.get(key);
    if (outlook === undefined) {
      const kind = { mission, urge: urgeSteps * STEP.urge, reach: reachSteps * STEP.reach };
      outlook = visitOutlook(kind, returned ? undefined : outlookOf(returnKind(kind), true));
      known.set(key, outlook);
    }
    return outlook;
  };
  return outlookOf;
}

const steps = (value: number, step: number) => Math.max(-MOST_STEPS, Math.min(MOST_STEPS, Math.round(value / step)));

/** The kind of the visit that comes back for what this one left: the same mission, more eager. */
export const returnKind = (kind: VisitKind): VisitKind => ({ ...kind, urge: kind.urge + RETURN_URGE });
