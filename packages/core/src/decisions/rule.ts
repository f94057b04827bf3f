/** A value a rule can ask about; absent from `Facts` = not known. */
export type FactValue = number | string | boolean;

/** What is known of one prediction when the rules are asked. Features go by `feature.<name>`. */
export type Facts = Readonly<Record<string, FactValue | undefined>>;

/** How a fact is compared with the rule's value. */
export const operators = ['equals', 'not_equals', 'above', 'at_least', 'below', 'at_most', 'one_of', 'starts_with'] as const;
export type Operator = (typeof operators)[number];

/** When a rule fires: a comparison, or several joined. No code, no text that is run. A comparison with an unknown fact is false. */
export type Condition =
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly operator: Operator;
      readonly value: FactValue | readonly FactValue[];
    }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

/** Facts with which a rule must fire, or must not: the rule's own test. */
export interface RuleExample {
  readonly facts: Facts;
  readonly fires: boolean;
}

/** One insight as data: when it fires, what it says, what to do, and which features speak for it. */
export interface Rule {
  readonly id: string;
  readonly when: Condition;
  /** May hold `{fact}` or `{fact|format}`; see `fillText`. */
  readonly text: string;
  readonly action: string;
  /** Facts shown as evidence; empty = the features that moved the answer most. */
  readonly evidence: readonly string[];
  readonly examples: readonly RuleExample[];
}

/** The facts that do not depend on the feature catalogue, and what each means. */
export const factMeanings = {
  probability: 'calibrated chance of a purchase within the horizon',
  percentile: 'share of the reference scores at or below, in per cent',
  top_share: 'share of the reference at or above the band this score is in; 1 below every band',
  band: 'name of that band',
  band_rate: 'share of the band that bought in the test window',
  band_low: 'lower end of its 95 % interval',
  band_high: 'upper end of its 95 % interval',
  base_rate: 'share that bought over all',
  lift: 'band_rate ÷ base_rate',
  target: 'item or session',
  horizon: 'how far ahead the answer looks, in words',
  horizon_hours: 'the same as a number of hours',
  rung: 'behavioural, profile or prior',
  price: 'price asked about',
  category: 'category asked about',
  top_category: 'its broadest part',
  brand: 'brand asked about',
  user_segment: 'the shop’s own segment of the shopper',
  hour: 'hour of the day',
  day_of_week: '0 = Monday',
  is_weekend: '1 on Saturday and Sunday',
} as const;
