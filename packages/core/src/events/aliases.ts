import { type EventName, eventNames } from './event.ts';

/** What other vocabularies call our events (docs/guides/events.md). Names that mean the same everywhere are listed once. */
export const vocabularies: Readonly<Record<string, Readonly<Record<string, EventName>>>> = {
  rees46: { view: 'view_item', cart: 'add_to_cart', remove_from_cart: 'remove_from_cart', purchase: 'purchase' },
  segment: {
    'Product Viewed': 'view_item',
    'Product List Viewed': 'view_item_list',
    'Product Clicked': 'select_item',
    'Products Searched': 'search',
    'Product Added': 'add_to_cart',
    'Product Removed': 'remove_from_cart',
    'Cart Viewed': 'view_cart',
    'Checkout Started': 'begin_checkout',
    'Payment Info Entered': 'add_payment_info',
    'Order Completed': 'purchase',
    'Order Refunded': 'refund',
    'Order Cancelled': 'refund',
  },
  googleRetail: {
    'detail-page-view': 'view_item',
    'category-page-view': 'view_item_list',
    search: 'search',
    'add-to-cart': 'add_to_cart',
    'remove-from-cart': 'remove_from_cart',
    'shopping-cart-page-view': 'view_cart',
    'purchase-complete': 'purchase',
  },
  // Snowplow's ecommerce_action/1-0-2 types; `checkout_step` is its one step event.
  snowplow: {
    product_view: 'view_item',
    list_view: 'view_item_list',
    list_click: 'select_item',
    add_to_cart: 'add_to_cart',
    remove_from_cart: 'remove_from_cart',
    checkout_step: 'begin_checkout',
    transaction: 'purchase',
    refund: 'refund',
  },
  ga4: { view_search_results: 'search' },
};

const names: ReadonlyMap<string, EventName> = new Map([
  ...eventNames.map((name): [string, EventName] => [name, name]),
  ...Object.values(vocabularies).flatMap((vocabulary) => Object.entries(vocabulary)),
]);

/** The canonical name of an event of any vocabulary we know, exactly as that vocabulary spells it; undefined = not an event of ours. */
export const canonicalName = (name: string): EventName | undefined => names.get(name);
