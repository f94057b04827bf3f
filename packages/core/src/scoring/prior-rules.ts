/** How shoppers of some kind are expected to behave before a shop has data of its own; plain data, so that it can be kept as YAML. */
export interface PriorRules {
  /** The purchase rate that a shop without data starts from. */
  readonly baseRate: number;
  /** How many purchases' worth of a shop's own data that rate counts for. */
  readonly purchases: number;
  readonly expectations: readonly Expectation[];
}

/** One multiplier of expected behaviour. Every stated condition must hold. */
export interface Expectation {
  /** The top category, or the part of its path before the first dot. */
  readonly category?: string;
  readonly weekend?: boolean;
  /** First and last hour, both included, in the shop's time zone. */
  readonly hours?: readonly [number, number];
  readonly multiply: Readonly<Record<string, number>>;
}

/** The multipliers of the reference design: what it expects of categories and hours. They shape expectations, never measurements. */
export const referencePriorRules: PriorRules = {
  baseRate: 0.02,
  purchases: 5,
  expectations: [
    { category: 'electronics', multiply: { session_duration: 1.3, events: 1.2 } },
    { category: 'fashion', multiply: { unique_products: 1.5 } },
    { category: 'home', multiply: { session_duration: 0.8 } },
    { weekend: true, multiply: { events: 1.2, session_duration: 1.3 } },
    { hours: [18, 22], multiply: { session_duration: 1.2 } },
  ],
};
