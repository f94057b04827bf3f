import { type ShopEvent, shopperOf } from '../events/event.ts';

/** What one row of a shop's log says: a view, a cart addition or a purchase of one item. */
export interface Sighting {
  readonly kind: 'view' | 'cart' | 'purchase';
  readonly timeMs: number;
  readonly shopper: string;
  readonly session: string;
  readonly itemId: string;
  /** 0 = unknown. */
  readonly price: number;
  readonly hasCategory: boolean;
  readonly hasBrand: boolean;
}

/** How long one looks at a time: figures that grow with the length of the look are means over looks of this size. */
export interface Scope {
  /** Views in a slice in which popularity is measured. */
  readonly sliceViews: number;
  /** Length of the window in which shoppers come again or not. */
  readonly windowMs: number;
}

/** The figures by which a shop is recognised, by name, in the order in which they are printed. */
export type Figures = Readonly<Record<string, number>>;

interface SessionTally {
  views: number;
  carts: number;
  purchases: number;
  readonly fromMs: number;
  untilMs: number;
  readonly items: Set<string>;
}

const kinds: Readonly<Record<string, Sighting['kind']>> = { view_item: 'view', add_to_cart: 'cart', purchase: 'purchase' };

/** The sightings in an event: one a line of a view, a cart addition or a purchase; other events have none. */
export function sightingsOf(event: ShopEvent): readonly Sighting[] {
  const kind = kinds[event.event];
  if (kind === undefined) return [];
  const shopper = shopperOf(event);
  return event.items.map(({ itemId, price = 0, category, brand }) => ({
    ...{ kind, timeMs: event.eventTimeMs, shopper, session: event.sessionId ?? shopper, itemId, price },
    ...{ hasCategory: category !== undefined, hasBrand: brand !== undefined },
  }));
}

/** Measures a shop from its sightings, handed over in order of time; memory grows with the sessions and the prices seen. */
export class ShopFigures {
  readonly #sessions = new Map<string, SessionTally>();
  readonly #prices: number[] = [];
  readonly #popularity: PopularitySlices;
  readonly #returns: ReturnWindows;
  #unknownCategory = 0;
  #unknownBrand = 0;

  constructor({ sliceViews, windowMs }: Scope) {
    this.#popularity = new PopularitySlices(sliceViews);
    this.#returns = new ReturnWindows(windowMs);
  }

  add(seen: Sighting): void {
    const { session, timeMs, kind } = seen;
    let tally = this.#sessions.get(session);
    if (tally === undefined) {
      tally = { views: 0, carts: 0, purchases: 0, fromMs: timeMs, untilMs: timeMs, items: new Set() };
      this.#sessions.set(session, tally);
    }
    tally.untilMs = timeMs;
    tally.items.add(seen.itemId);
    this.#returns.add(timeMs, seen.shopper, session);
    if (kind === 'cart') tally.carts += 1;
    else if (kind === 'purchase') tally.purchases += 1;
    else {
      tally.views += 1;
      this.#popularity.add(seen.itemId);
      if (seen.price > 0) this.#prices.push(seen.price);
      if (!seen.hasCategory) this.#unknownCategory += 1;
      if (!seen.hasBrand) this.#unknownBrand += 1;
    }
  }

  finish(): Figures {
    const sessions = [...this.#sessions.values()];
    const buying = sessions.filter(({ purchases }) => purchases > 0);
    const total = (of: (tally: SessionTally) => number) => sessions.reduce((sum, tally) => sum + of(tally), 0);
    const [views, carts, purchases] = [
      total((tally) => tally.views),
      total((tally) => tally.carts),
      total((tally) => tally.purchases),
    ];
    const viewsOf = sorted(sessions.map((tally) => tally.views));
    const secondsOf = sorted(sessions.map(({ fromMs, untilMs }) => (untilMs - fromMs) / 1000));
    const itemsOf = sorted(sessions.map(({ items }) => items.size));
    const prices = sorted(this.#prices);
    return {
      buying_sessions_share: buying.length / sessions.length,
      carts_per_100_views: (100 * carts) / views,
      purchases_per_100_views: (100 * purchases) / views,
      carts_per_purchase: carts / purchases,
      buying_sessions_with_cart_share: buying.filter((tally) => tally.carts > 0).length / buying.length,
      views_per_session: views / sessions.length,
      one_view_sessions_share: sessions.filter((tally) => tally.views === 1).length / sessions.length,
      views_per_session_p50: quantile(viewsOf, 0.5),
      views_per_session_p90: quantile(viewsOf, 0.9),
      views_per_session_p99: quantile(viewsOf, 0.99),
      session_seconds_p50: quantile(secondsOf, 0.5),
      session_seconds_p75: quantile(secondsOf, 0.75),
      session_seconds_p90: quantile(secondsOf, 0.9),
      session_seconds_p99: quantile(secondsOf, 0.99),
      items_per_session: total(({ items }) => items.size) / sessions.length,
      items_per_session_p90: quantile(itemsOf, 0.9),
      shoppers_with_repeat_sessions_share: this.#returns.finish(),
      ...this.#popularity.finish(),
      price_p10: quantile(prices, 0.1),
      price_p50: quantile(prices, 0.5),
      price_p90: quantile(prices, 0.9),
      price_p99: quantile(prices, 0.99),
      unknown_category_share: this.#unknownCategory / views,
      unknown_brand_share: this.#unknownBrand / views,
    };
  }
}

/** Share of views that fall on the most viewed items of a slice, as means over whole slices (or over the only one). */
class PopularitySlices {
  readonly #size: number;
  #views = new Map<string, number>();
  #count = 0;
  readonly #shares: (readonly [first: number, tenth: number])[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  add(itemId: string): void {
    this.#views.set(itemId, (this.#views.get(itemId) ?? 0) + 1);
    this.#count += 1;
    if (this.#count === this.#size) this.#close();
  }

  finish() {
    if (this.#shares.length === 0) this.#close();
    const mean = (of: 0 | 1) => this.#shares.reduce((sum, shares) => sum + shares[of], 0) / this.#shares.length;
    return { views_on_top_1_percent_items: mean(0), views_on_top_10_percent_items: mean(1) };
  }

  #close(): void {
    const counts = [...this.#views.values()].sort((a, b) => b - a);
    const top = (share: number) =>
      counts.slice(0, Math.max(1, Math.floor(counts.length * share))).reduce((sum, count) => sum + count, 0);
    this.#shares.push([top(0.01) / this.#count, top(0.1) / this.#count]);
    this.#views = new Map();
    this.#count = 0;
  }
}

/** Share of the shoppers of a window who have two sessions or more in it, over all windows together. */
class ReturnWindows {
  readonly #lengthMs: number;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** The first session of each shopper of the window, and who had another. */
  readonly #first = new Map<string, string>();
  readonly #again = new Set<string>();
  #shoppers = 0;
  #repeaters = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  add(timeMs: number, shopper: string, session: string): void {
    if (timeMs >= this.#untilMs) {
      this.#close();
      this.#untilMs = timeMs + this.#lengthMs;
    }
    const first = this.#first.get(shopper);
    if (first === undefined) this.#first.set(shopper, session);
    else if (first !== session) this.#again.add(shopper);
  }

  finish(): number {
    this.#close();
    return this.#repeaters / this.#shoppers;
  }

  #close(): void {
    this.#shoppers += this.#first.size;
    this.#repeaters += this.#again.size;
    this.#first.clear();
    this.#again.clear();
  }
}

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/** Nearest rank from below: the value under which at most the given share lies. */
const quantile = (ordered: Float64Array, share: number): number =>
  ordered[Math.min(ordered.length - 1, Math.floor(share * ordered.length))]!;
