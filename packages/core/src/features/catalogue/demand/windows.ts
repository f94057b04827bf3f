import { HOUR_MS, MINUTE_MS } from '../durations.ts';
import { demandWindow } from './recent-demand.ts';

/** Demand for an item in the last hour, in steps of 5 minutes. */
export const itemHour = demandWindow('item_demand_1h', 'item', 5 * MINUTE_MS, 12);
/** Demand for an item in the last day, in steps of 2 hours. */
export const itemDay = demandWindow('item_demand_24h', 'item', 2 * HOUR_MS, 12);
/** Demand for an item in the last week, in steps of 12 hours. */
export const itemWeek = demandWindow('item_demand_7d', 'item', 12 * HOUR_MS, 14);
/** Demand for a category in the last day, in steps of 2 hours. */
export const categoryDay = demandWindow('category_demand_24h', 'category', 2 * HOUR_MS, 12);
/** Demand for a brand in the last day, in steps of 2 hours. */
export const brandDay = demandWindow('brand_demand_24h', 'brand', 2 * HOUR_MS, 12);
/** Demand for a brand in the last week, in steps of 12 hours. */
export const brandWeek = demandWindow('brand_demand_7d', 'brand', 12 * HOUR_MS, 14);
/** Demand in the whole shop in the last hour, in steps of 5 minutes. */
export const shopHour = demandWindow('shop_demand_1h', 'shop', 5 * MINUTE_MS, 12);
/** Demand in the whole shop in the last day, in steps of 2 hours. */
export const shopDay = demandWindow('shop_demand_24h', 'shop', 2 * HOUR_MS, 12);
