import { hourCos } from './catalogue/calendar/hour-cos.ts';
import { hourSin } from './catalogue/calendar/hour-sin.ts';
import { isEvening } from './catalogue/calendar/is-evening.ts';
import { isWeekend } from './catalogue/calendar/is-weekend.ts';
import { weekdayCos } from './catalogue/calendar/weekday-cos.ts';
import { weekdaySin } from './catalogue/calendar/weekday-sin.ts';
import { brandConversion } from './catalogue/demand/brand-conversion.ts';
import { brandPurchases7d } from './catalogue/demand/brand-purchases-7d.ts';
import { brandViews24h } from './catalogue/demand/brand-views-24h.ts';
import { categoryConversion } from './catalogue/demand/category-conversion.ts';
import { categoryPurchases24h } from './catalogue/demand/category-purchases-24h.ts';
import { categoryViews24h } from './catalogue/demand/category-views-24h.ts';
import { itemCartAdds24h } from './catalogue/demand/item-cart-adds-24h.ts';
import { itemCartRate } from './catalogue/demand/item-cart-rate.ts';
import { itemCategoryShare24h } from './catalogue/demand/item-category-share-24h.ts';
import { itemConversion } from './catalogue/demand/item-conversion.ts';
import { itemPurchases7d } from './catalogue/demand/item-purchases-7d.ts';
import { itemPurchases24h } from './catalogue/demand/item-purchases-24h.ts';
import { itemTrend } from './catalogue/demand/item-trend.ts';
import { itemViews1h } from './catalogue/demand/item-views-1h.ts';
import { itemViews7d } from './catalogue/demand/item-views-7d.ts';
import { itemViews24h } from './catalogue/demand/item-views-24h.ts';
import { shopConversion24h } from './catalogue/demand/shop-conversion-24h.ts';
import { shopPurchases1h } from './catalogue/demand/shop-purchases-1h.ts';
import { shopPurchases24h } from './catalogue/demand/shop-purchases-24h.ts';
import { shopViews1h } from './catalogue/demand/shop-views-1h.ts';
import { price } from './catalogue/offer/price.ts';
import { pricePositionInSession } from './catalogue/offer/price-position-in-session.ts';
import { priceToCategoryMean } from './catalogue/offer/price-to-category-mean.ts';
import { priceToItemMean } from './catalogue/offer/price-to-item-mean.ts';
import { priceToSessionMean } from './catalogue/offer/price-to-session-mean.ts';
import { sessionCartAdds } from './catalogue/session/session-cart-adds.ts';
import { sessionCartRemoves } from './catalogue/session/session-cart-removes.ts';
import { sessionCartUnits } from './catalogue/session/session-cart-units.ts';
import { sessionCartValue } from './catalogue/session/session-cart-value.ts';
import { sessionCategoryShare } from './catalogue/session/session-category-share.ts';
import { sessionCheckouts } from './catalogue/session/session-checkouts.ts';
import { sessionDistinctBrands } from './catalogue/session/session-distinct-brands.ts';
import { sessionDistinctCategories } from './catalogue/session/session-distinct-categories.ts';
import { sessionDistinctItems } from './catalogue/session/session-distinct-items.ts';
import { sessionDurationMinutes } from './catalogue/session/session-duration-minutes.ts';
import { sessionEvents } from './catalogue/session/session-events.ts';
import { sessionGapLastMinutes } from './catalogue/session/session-gap-last-minutes.ts';
import { sessionGapMeanMinutes } from './catalogue/session/session-gap-mean-minutes.ts';
import { sessionItemInCart } from './catalogue/session/session-item-in-cart.ts';
import { sessionItemViews } from './catalogue/session/session-item-views.ts';
import { sessionMinutesSinceCartAdd } from './catalogue/session/session-minutes-since-cart-add.ts';
import { sessionPurchases } from './catalogue/session/session-purchases.ts';
import { sessionSearches } from './catalogue/session/session-searches.ts';
import { sessionViews } from './catalogue/session/session-views.ts';
import { shopperActiveDays28d } from './catalogue/shopper/shopper-active-days-28d.ts';
import { shopperBoughtBrand } from './catalogue/shopper/shopper-bought-brand.ts';
import { shopperBoughtCategory } from './catalogue/shopper/shopper-bought-category.ts';
import { shopperBoughtItem } from './catalogue/shopper/shopper-bought-item.ts';
import { shopperBrandShare } from './catalogue/shopper/shopper-brand-share.ts';
import { shopperCategoryShare } from './catalogue/shopper/shopper-category-share.ts';
import { shopperConversion } from './catalogue/shopper/shopper-conversion.ts';
import { shopperDaysKnown } from './catalogue/shopper/shopper-days-known.ts';
import { shopperDaysSinceOrder } from './catalogue/shopper/shopper-days-since-order.ts';
import { shopperDaysSinceVisit } from './catalogue/shopper/shopper-days-since-visit.ts';
import { shopperEvents } from './catalogue/shopper/shopper-events.ts';
import { shopperItemViews } from './catalogue/shopper/shopper-item-views.ts';
import { shopperMeanOrderValue } from './catalogue/shopper/shopper-mean-order-value.ts';
import { shopperOrders } from './catalogue/shopper/shopper-orders.ts';
import { shopperRefundShare } from './catalogue/shopper/shopper-refund-share.ts';
import { shopperSpend } from './catalogue/shopper/shopper-spend.ts';
import { shopperVisits } from './catalogue/shopper/shopper-visits.ts';
import type { Feature } from './feature.ts';

/** Every feature, one line each; the order is the order of a row's columns. */
export const featureCatalog: readonly Feature[] = [
  sessionDurationMinutes,
  sessionEvents,
  sessionGapMeanMinutes,
  sessionGapLastMinutes,
  sessionViews,
  sessionSearches,
  sessionCartAdds,
  sessionCartRemoves,
  sessionCheckouts,
  sessionPurchases,
  sessionMinutesSinceCartAdd,
  sessionDistinctItems,
  sessionDistinctCategories,
  sessionDistinctBrands,
  sessionItemViews,
  sessionCategoryShare,
  sessionCartUnits,
  sessionCartValue,
  sessionItemInCart,
  shopperEvents,
  shopperVisits,
  shopperDaysKnown,
  shopperDaysSinceVisit,
  shopperActiveDays28d,
  shopperItemViews,
  shopperCategoryShare,
  shopperBrandShare,
  shopperOrders,
  shopperSpend,
  shopperMeanOrderValue,
  shopperDaysSinceOrder,
  shopperRefundShare,
  shopperConversion,
  shopperBoughtItem,
  shopperBoughtCategory,
  shopperBoughtBrand,
  itemViews1h,
  itemViews24h,
  itemViews7d,
  itemCartAdds24h,
  itemPurchases24h,
  itemPurchases7d,
  itemTrend,
  itemConversion,
  itemCartRate,
  categoryViews24h,
  categoryPurchases24h,
  categoryConversion,
  brandViews24h,
  brandPurchases7d,
  brandConversion,
  itemCategoryShare24h,
  shopViews1h,
  shopPurchases1h,
  shopPurchases24h,
  shopConversion24h,
  price,
  priceToCategoryMean,
  priceToItemMean,
  priceToSessionMean,
  pricePositionInSession,
  hourSin,
  hourCos,
  weekdaySin,
  weekdayCos,
  isWeekend,
  isEvening,
];
