import type { PerformanceQuery } from '@tillcast/api/reports';
import {
  type Payoff,
  type Prices,
  payoffOfAllPurchases,
  payoffOfAssumedEffect,
} from '@tillcast/core/decisions/money/profit-curve';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopSettings } from '@tillcast/core/shop/settings';

/** What a profit curve is drawn with, or why there is none. */
export type Priced =
  | { readonly prices: Prices; readonly payoff: Payoff; readonly basis: 'all_purchases' | 'assumed_effect' }
  | { readonly reason: string };

/** Prices as asked for, else as the shop said them; `meanOrder` is the mean price of what was bought, in the shop's currency. */
export function priceOf(query: PerformanceQuery, shop: ShopSettings, meanOrder: number): Priced {
  const { treatment, margin_cents, contact_cents, discount_cents, assumed_effect } = query;
  const cost = treatment === undefined ? undefined : shop.treatmentCosts.get(treatment);
  if (treatment !== undefined && cost === undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      `treatment is "${treatment}"; shop.treatment_costs in tillcast.yaml knows ${[...shop.treatmentCosts.keys()].join(', ') || 'none'}`,
    );
  if (cost === undefined && contact_cents === undefined && discount_cents === undefined)
    return { reason: 'name a treatment of shop.treatment_costs, or give contact_cents and discount_cents: 0 is an answer' };
  const marginCents = margin_cents ?? (shop.margin === undefined ? Number.NaN : 100 * shop.margin * meanOrder);
  if (Number.isNaN(marginCents))
    return { reason: 'nobody says what an order earns: give margin_cents, or shop.margin and prices of what is bought' };
  const share = cost?.shareOfValue ?? 0;
  const discountCents = discount_cents ?? (share === 0 ? 0 : 100 * share * meanOrder);
  if (Number.isNaN(discountCents))
    return { reason: 'the treatment takes a share of an order whose price nobody knows: give discount_cents' };
  const prices: Prices = { marginCents, discountCents, contactCents: contact_cents ?? 100 * (cost?.fixed ?? 0) };
  return assumed_effect === undefined
    ? { prices, basis: 'all_purchases', payoff: payoffOfAllPurchases(prices) }
    : { prices, basis: 'assumed_effect', payoff: payoffOfAssumedEffect(prices, assumed_effect) };
}
