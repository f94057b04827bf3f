import type { EventName } from '../events/event.ts';
import { buildChain, type Chain, LEAVE, type Move } from './chain.ts';
import { normalCdf } from './distributions.ts';
import type { Mission } from './truth.ts';

/** How an item strikes the shopper, from far too dear to a bargain; each class is also a band of price against budget. */
export const APPEALS = 4;

/** Views of one item in a row that still make a difference: first, second, third or later. */
const VIEWS = 3;

/** Items a cart holds at most; a last-in-first-out pile, so that what is removed is known. */
export const CART_MAX = 3;

const CARTS = CART_MAX + 1;

/** Upper bounds of ln(price / budget) for the classes fits, stretch; below −0.6 an item is a bargain, above 0.5 too dear. */
export const APPEAL_BOUNDS = [Number.POSITIVE_INFINITY, 0.5, 0, -0.6, Number.NEGATIVE_INFINITY] as const;

/** Spread of ln(price / budget) among the items a shopper comes across. */
const RATIO_SPREAD = 0.6;

// Numbers of the states. A view is of an item of an appeal, seen so many times in a row, with so many items in the cart.
const VIEW = 0;
const SEARCH = VIEW + APPEALS * VIEWS * CARTS;
const REMOVE = SEARCH + CARTS;
const ADD = REMOVE + CARTS;
const CART = ADD + CARTS;
const CHECKOUT = CART + CARTS;
/** The state just after a purchase. */
export const PURCHASE = CHECKOUT + CARTS;
const STATES = PURCHASE + 1;

/** The state of looking at an item. */
export const viewState = (appeal: number, views: number, cart: number): number => VIEW + (appeal * VIEWS + views) * CARTS + cart;
/** The state of looking at the cart. */
export const cartState = (cart: number): number => CART + cart;
/** The state of having searched. */
export const searchState = (cart: number): number => SEARCH + cart;

/** What a state's number says. `appeal` and `views` (0 = first) are 0 outside views. */
export interface Place {
  readonly event: EventName;
  readonly appeal: number;
  readonly views: number;
  readonly cart: number;
}

/** Every state, by number. */
export const places: readonly Place[] = Array.from({ length: STATES }, (_, state): Place => {
  if (state < SEARCH) {
    const cart = state % CARTS;
    const seen = (state - cart) / CARTS;
    return { event: 'view_item', appeal: Math.floor(seen / VIEWS), views: seen % VIEWS, cart };
  }
  const event = (['search', 'remove_from_cart', 'add_to_cart', 'view_cart', 'begin_checkout', 'purchase'] as const)[
    Math.floor((state - SEARCH) / CARTS)
  ]!;
  return { event, appeal: 0, views: 0, cart: (state - SEARCH) % CARTS };
});

/** What a visit's behaviour depends on; fixed when it begins. */
export interface VisitKind {
  readonly mission: Mission;
  /** Log-odds added to every step towards a purchase. */
  readonly urge: number;
  /** Mean of ln(price / budget) among the items come across: dearer shelves or bolder shoppers are higher. */
  readonly reach: number;
}

/** Chance to leave after a view. Mixed, they give session lengths like REES46's: two in five end after one view, one in a hundred passes twenty. */
const leaving: Record<Mission, number> = { glance: 0.8, browse: 0.265, compare: 0.125, buy: 0.22 };

/** Log-odds of putting a viewed item into the cart, before urge, appeal and repeated views. */
const ADD_LOG_ODDS = -5;
const appealLogOdds = [-1.4, -0.4, 0.6, 1.1];
const repeatLogOdds = [0, 0.8, 1.3];
const appealAgain = [0.6, 0.9, 1.1, 1.25];
const again = [0.46, 0.36, 0.36];

/** The Markov chain of a visit. Behaviour is drawn from it and truth is computed from it: they cannot disagree. */
export function visitChain(kind: VisitKind): Chain {
  const others = appealShares(kind.reach);
  const next = (weight: number, cart: number): Move[] =>
    others.map((share, appeal): Move => [viewState(appeal, 0, cart), weight * share]);
  return buildChain(STATES, (state) => {
    const { event, cart } = places[state]!;
    switch (event) {
      case 'view_item':
        return movesFromView(kind, state, next);
      case 'search':
        return [[LEAVE, 0.5 * leaving[kind.mission]], ...next(1, cart)];
      case 'remove_from_cart':
        return [[LEAVE, 0.35], ...next(0.5, cart), ...whereFilled(cart, [[CHECKOUT + cart, 0.15]])];
      case 'add_to_cart':
        return [[LEAVE, 0.24], [CART + cart, 0.16], [CHECKOUT + cart, 0.15 * towards(kind.urge)], ...next(0.5, cart)];
      case 'view_cart':
        return [
          [LEAVE, 0.26],
          ...whereFilled(cart, [
            [REMOVE + cart - 1, 0.12],
            [CHECKOUT + cart, 0.22 * towards(kind.urge)],
          ]),
          ...next(0.34, cart),
        ];
      case 'begin_checkout':
        return [[LEAVE, 0.3], [CART + cart, 0.08], ...next(0.06, cart), [PURCHASE, 0.26 * towards(kind.urge)]];
      default:
        return [[LEAVE, 0.85], ...next(0.15, 0)];
    }
  });
}

/** After a view: into the cart, away, to the till, or on to the same item, another one, or a search. */
function movesFromView(kind: VisitKind, state: number, next: (weight: number, cart: number) => Move[]): Move[] {
  const { appeal, views, cart } = places[state]!;
  const add = cart === CART_MAX ? 0 : logistic(ADD_LOG_ODDS + kind.urge + appealLogOdds[appeal]! + repeatLogOdds[views]!);
  const leave = (1 - add) * leaving[kind.mission] * (cart > 0 ? 0.8 : 1);
  const stay = 1 - add - leave;
  const till = cart === 0 ? 0 : 0.16 * stay;
  const same = (stay - till) * again[views]! * appealAgain[appeal]!;
  const search = (stay - till - same) * 0.06;
  return [
    ...(add === 0 ? [] : [[ADD + cart + 1, add] as Move]),
    [LEAVE, leave],
    [CART + cart, till * 0.6],
    [CHECKOUT + cart, till * 0.4],
    [viewState(appeal, Math.min(views + 1, VIEWS - 1), cart), same],
    [SEARCH + cart, search],
    ...next(stay - till - same - search, cart),
  ];
}

/** Shares of the appeal classes among the items come across: a normal ln(price / budget), cut at the bounds. */
export function appealShares(reach: number): readonly number[] {
  const below = APPEAL_BOUNDS.map((bound) => normalCdf((bound - reach) / RATIO_SPREAD));
  return Array.from({ length: APPEALS }, (_, appeal) => below[appeal]! - below[appeal + 1]!);
}

const whereFilled = (cart: number, moves: readonly Move[]): readonly Move[] => (cart > 0 ? moves : []);

/** Urge moves the later steps too, but less: who has a cart has mostly made up his mind. */
const towards = (urge: number): number => Math.exp(0.35 * urge);

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
