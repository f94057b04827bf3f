/** A span of whole days in the shop's time zone, both ends included, such as `2026-11-23` to `2026-11-30`. */
export interface Days {
  readonly name: string;
  readonly from: string;
  readonly until: string;
}

/** What applying a treatment once costs the shop: an amount in its currency, a share of the order's value, or both. */
export interface TreatmentCost {
  readonly fixed: number;
  /** 0 to 1. */
  readonly shareOfValue: number;
}

/** What one unit of a currency is worth in the shop's own, from a moment on. */
export interface Rate {
  readonly fromMs: number;
  readonly rate: number;
}

/** What a shop says of itself, once, for everything that counts in money or days. */
export interface ShopSettings {
  /** IANA name. */
  readonly timeZone?: string;
  /** ISO 4217. */
  readonly currency?: string;
  /** By currency, oldest first. */
  readonly rates: ReadonlyMap<string, readonly Rate[]>;
  readonly holidays: readonly Days[];
  readonly sales: readonly Days[];
  readonly treatmentCosts: ReadonlyMap<string, TreatmentCost>;
  /** Share of the price that is earned, of items that say nothing of their own cost or margin; at most 1. */
  readonly margin?: number;
  /** What running Tillcast costs a day, in the shop's currency. */
  readonly servingCostPerDay?: number;
  /** Whether prices in purchase events are what was paid after the discount of a treatment; then its share of value is not taken off again. */
  readonly discountsInPrices?: boolean;
}

/** A shop that said nothing of itself. */
export const noSettings: ShopSettings = { rates: new Map(), holidays: [], sales: [], treatmentCosts: new Map() };
