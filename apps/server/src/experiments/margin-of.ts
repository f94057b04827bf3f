import type { CatalogueView } from '@tillcast/core/catalogue/view';
import type { LineItem, ShopEvent } from '@tillcast/core/events/event';
import { worthOf } from '@tillcast/core/experiments/unit-table';
import type { Convert } from '@tillcast/core/shop/convert';
import type { ShopSettings } from '@tillcast/core/shop/settings';

/** What an event earned, in the shop's currency; undefined = nobody said. */
export type MarginOf = (event: ShopEvent) => number | undefined;

/** Opens it over what the catalogue (as it was known by a moment) and the shop say: after an item's cost, else by its margin, else by the shop's. */
export function openMarginOf(
  view: Pick<CatalogueView, 'at'>,
  convert: Convert,
  { margin: shopShare }: Pick<ShopSettings, 'margin'>,
  knownByMs: number = Number.POSITIVE_INFINITY,
): MarginOf {
  function ofLine({ tenant, eventTimeMs, currency }: ShopEvent, { itemId, price, quantity }: LineItem): number | undefined {
    const paid = price === undefined ? undefined : convert(price, currency, eventTimeMs);
    if (paid === undefined) return undefined;
    const facts = view.at(tenant, itemId, { asOfMs: eventTimeMs, knownByMs });
    const cost = facts?.cost === undefined ? undefined : convert(facts.cost, facts.currency, eventTimeMs);
    if (cost !== undefined) return (paid - cost) * quantity;
    const share = facts?.margin ?? shopShare;
    return share === undefined ? undefined : paid * share * quantity;
  }

  return (event) => {
    if (event.items.length === 0) return shopShare === undefined ? undefined : worthOf(event) * shopShare;
    let sum = 0;
    for (const item of event.items) {
      const earned = ofLine(event, item);
      if (earned === undefined) return undefined;
      sum += earned;
    }
    return sum;
  };
}
