import type { LineItem } from '../events/event.ts';
import { bandOf, type Catalogue } from './catalogue.ts';
import { categories, makersOf } from './category-tree.ts';
import { normal, pick } from './distributions.ts';
import { places, searchState, viewState } from './journey.ts';
import type { Outlook } from './outlook.ts';
import type { Random } from './random.ts';
import type { Traits } from './shopper.ts';
import type { Truth } from './truth.ts';

/** A visit under way: where the shopper stands in the chain, and what he has in view and in the cart. */
export interface Visit {
  readonly sessionId: string;
  readonly outlook: Outlook;
  /** He came back today for what he left earlier. */
  readonly returned: boolean;
  /** Whether his cart and checkout events reach us. */
  readonly tracked: boolean;
  state: number;
  category: number;
  focal: LineItem | undefined;
  cart: LineItem[];
  loggedIn: boolean;
}

/** No pause within a visit comes near the 30 minutes of silence that end a session. */
const LONGEST_PAUSE_MS = 25 * 60_000;
/** Median 31 s and spread 0.95 in the log, as between events of one REES46 session. */
const PAUSE = { medianMs: 31_000, spread: 0.95 };
const SEARCHES_FIRST = 0.1;
/** Chance a step of a not yet known shopper is the one where he logs in; at the till it is even. */
const LOG_IN = { anywhere: 0.04, checkout: 0.5 };

/** Milliseconds until the next step of a visit. */
export const drawPauseMs = (random: Random): number =>
  Math.round(Math.min(LONGEST_PAUSE_MS, Math.max(800, PAUSE.medianMs * Math.exp(PAUSE.spread * normal(random)))));

/** The first step of a visit that continues nothing: an item, more or less to his taste, or a search. */
export function drawFirstState({ appeals }: Outlook, random: Random): number {
  if (random.uniform() < SEARCHES_FIRST) return searchState(0);
  return viewState(pick(random, appeals), 0, 0);
}

/** The lines of the event that the visit's state stands for. */
export function linesOf({ state, focal, cart }: Visit): readonly LineItem[] {
  const { event } = places[state]!;
  if (event === 'search') return [];
  if (event === 'view_item') return [focal!];
  return event === 'add_to_cart' || event === 'remove_from_cart' ? cart.slice(-1) : cart.slice();
}

/** What is true just after the event of the visit's state. */
export function truthOf({ state, outlook }: Visit): Truth {
  const { event, cart } = places[state]!;
  const segment = outlook.kind.mission;
  const session = outlook.session[state]!;
  if (event === 'view_item') return { session, item: outlook.viewed[state]!, segment };
  if (event === 'add_to_cart') return { session, item: outlook.carted[cart - 1]![state]!, segment };
  return event === 'remove_from_cart' ? { session, item: 0, segment } : { session, segment };
}

/** Under which ids a step is seen; logging in lasts for the rest of the visit. */
export function identify(
  traits: Traits,
  visit: Visit,
  random: Random,
): { readonly userId?: string; readonly anonymousId?: string } {
  const { openness, userId, anonymousId } = traits;
  if (openness === 'known') return { userId };
  if (openness === 'anonymous') return { anonymousId };
  const atTill = places[visit.state]!.event === 'begin_checkout';
  visit.loggedIn ||= random.uniform() < (atTill ? LOG_IN.checkout : LOG_IN.anywhere);
  return visit.loggedIn ? { userId, anonymousId } : { anonymousId };
}

/**
 * An item of the visit's category that strikes the shopper as the state says: from the band of prices, by popularity, leaning to good
 * items and the favourite maker where it pleases; never one for which `isTouched` holds, as long as the shelf has another.
 */
export function drawItem(
  catalogue: Catalogue,
  day: number,
  traits: Traits,
  visit: Visit,
  random: Random,
  isTouched: (itemId: string) => boolean,
): LineItem {
  const { appeal } = places[visit.state]!;
  const shelf = catalogue.shelvesOn(day)[visit.category]!;
  const [from, to] = bandOf(shelf, categories[visit.category]!.medianPrice * traits.means, appeal);
  const pleases = appeal >= 2;
  const makers = makersOf[visit.category]!;
  const maker = makers[Math.floor(makers.length * traits.brandTaste)];
  let at = from;
  for (let tries = 0; tries < (pleases ? 3 : 1); tries += 1) {
    at = pick(random, pleases ? shelf.liked : shelf.disliked, from, to);
    if (shelf.lines[at]!.brand === maker) break;
  }
  return untouchedNear(shelf.lines, at, isTouched);
}

/** The line itself, or the next dearer one (round the end) that is not touched. */
function untouchedNear(lines: readonly LineItem[], at: number, isTouched: (itemId: string) => boolean): LineItem {
  for (let step = 0; step < lines.length; step += 1) {
    const line = lines[(at + step) % lines.length]!;
    if (!isTouched(line.itemId)) return line;
  }
  return lines[at]!;
}
