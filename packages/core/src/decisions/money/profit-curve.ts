import { TillcastError } from '../../errors/tillcast-error.ts';
import { probabilityOf } from '../../scoring/log-odds.ts';
import { orderDescending } from '../../scoring/order-descending.ts';

/** What treating one shopper is taken to bring, in hundredths of the shop's currency. */
export interface Payoff {
  /** Where the shopper buys. */
  readonly perBuyerCents: number;
  /** Paid for each shopper who is treated, whether they buy or not. */
  readonly perShopperCents: number;
}

/** What an order and a treatment are worth. */
export interface Prices {
  /** What an order earns before any discount. */
  readonly marginCents: number;
  /** What the treatment takes off an order. */
  readonly discountCents: number;
  /** What giving it to one shopper costs. */
  readonly contactCents: number;
}

/**
 * Every purchase of a treated shopper counts as earned: what lies above is impossible. It is not what the treatment earns, for most would have bought
 * anyway.
 */
export const payoffOfAllPurchases = (prices: Prices): Payoff => {
  check(prices);
  return { perBuyerCents: prices.marginCents - prices.discountCents, perShopperCents: prices.contactCents };
};

/**
 * Only the purchases that an assumed relative effect r adds count, and the discount is paid to those who would have bought anyway as well: a shopper of
 * outcome y brings y (r (margin − discount) − discount) − contact. The effect is an assumption until an experiment has measured it.
 */
export const payoffOfAssumedEffect = (prices: Prices, relativeEffect: number): Payoff => {
  check(prices);
  if (!(relativeEffect > -1 && relativeEffect <= 10))
    throw refusal('assumed_effect', relativeEffect, 'a relative effect above −1 and at most 10, such as 0.15');
  const { marginCents, discountCents, contactCents } = prices;
  return {
    perBuyerCents: relativeEffect * (marginCents - discountCents) - discountCents,
    perShopperCents: contactCents,
  };
};

function check({ marginCents, discountCents, contactCents }: Prices): void {
  if (!(marginCents > 0 && Number.isFinite(marginCents)))
    throw refusal('margin_cents', marginCents, 'what an order earns before any discount, above 0');
  if (!(discountCents >= 0 && discountCents < marginCents))
    throw refusal('discount_cents', discountCents, `an amount from 0 and below the margin of ${marginCents}`);
  if (!(contactCents >= 0 && Number.isFinite(contactCents))) throw refusal('contact_cents', contactCents, 'an amount from 0');
}

const refusal = (field: string, value: number, need: string): TillcastError =>
  new TillcastError('OPTION_INVALID', `${field} is ${value}; it must be ${need}`);

/** The smallest relative effect at which treating these rows pays, by their purchase rate; NaN where nobody bought. */
export const breakEvenEffect = ({ marginCents, discountCents, contactCents }: Prices, rate: number): number =>
  rate > 0 ? (discountCents + contactCents / rate) / (marginCents - discountCents) : Number.NaN;

/** The rows of a ranking in bands between neighbouring cut-offs: a redraw of shoppers needs no sorting. */
export interface Bands {
  /** Band of each row, from the highest scores. */
  readonly of: Uint16Array;
  /** Rows at or above each cut-off; the first is nobody, the last is everybody. */
  readonly rows: Int32Array;
  /** Whoever has at least this probability is treated; Infinity = nobody. */
  readonly probability: Float64Array;
}

const MOST_CUT_OFFS = 100;

/** Cut-offs at every hundredth of the rows, moved down to where a tie ends, for whoever scores the same is treated the same. */
export function bandsOf(logOdds: ArrayLike<number>): Bands {
  const order = orderDescending(logOdds);
  const count = order.length;
  const cuts = [0];
  for (let cut = 1; cut <= MOST_CUT_OFFS; cut++) {
    let end = Math.ceil((cut * count) / MOST_CUT_OFFS);
    while (end < count && logOdds[order[end]!] === logOdds[order[end - 1]!]) end++;
    if (end > cuts.at(-1)!) cuts.push(end);
  }
  const of = new Uint16Array(count);
  for (let band = 0; band + 1 < cuts.length; band++)
    for (let rank = cuts[band]!; rank < cuts[band + 1]!; rank++) of[order[rank]!] = band;
  const probability = cuts.map((end) => (end === 0 ? Number.POSITIVE_INFINITY : probabilityOf(logOdds[order[end - 1]!]!)));
  return { of, rows: Int32Array.from(cuts), probability: Float64Array.from(probability) };
}

/** Profit at each cut-off in cents; the first is that of treating nobody, 0. `times(row)` is how often a row was drawn (absent: once each). */
export function profitAtCuts(
  { of, rows }: Bands,
  labels: ArrayLike<number>,
  { perBuyerCents, perShopperCents }: Payoff,
  times?: (row: number) => number,
): Float64Array {
  const bands = rows.length - 1;
  const shoppers = new Float64Array(bands);
  const buyers = new Float64Array(bands);
  for (let row = 0; row < of.length; row++) {
    const often = times === undefined ? 1 : times(row);
    shoppers[of[row]!]! += often;
    buyers[of[row]!]! += often * labels[row]!;
  }
  const profit = new Float64Array(bands + 1);
  for (let band = 0; band < bands; band++)
    profit[band + 1] = profit[band]! + buyers[band]! * perBuyerCents - shoppers[band]! * perShopperCents;
  return profit;
}
