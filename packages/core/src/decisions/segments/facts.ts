import type { FactMeaning, Vocabulary } from '../rules/vocabulary.ts';

const number = (meaning: string): FactMeaning => ({ type: 'number', meaning });
const text = (meaning: string): FactMeaning => ({ type: 'text', meaning });
const truth = (meaning: string): FactMeaning => ({ type: 'truth', meaning });

/** What a segment can ask of a shopper. */
export const segmentFacts = {
  is_user: truth('known by a user’s id, not by a device alone'),
  consent: truth('what the newest event that says so says'),
  lifecycle: text('visitor, new, active, won_back, at_risk or lost'),
  rfm: text('name of the cell of recency and frequency; not known of visitors'),
  r: number('recency as a fifth, 5 = the latest'),
  f: number('frequency as a fifth, 5 = the most orders'),
  m: number('monetary value as a fifth, 5 = the greatest spend'),
  orders: number('orders so far'),
  refunds: number('returns so far'),
  spend: number('spent so far, refunds not subtracted, in the shop’s currency'),
  mean_order_value: number('spend ÷ orders; not known where no value is known'),
  days_since_order: number('days since the last order'),
  days_since_seen: number('days since the last event'),
  days_known: number('days since the first event'),
  probability: number('chance to buy, asked at the last event, while its window is open; not known afterwards'),
  intent_bucket: number('twentieth by that chance, 1 = the likeliest'),
  expected_value: number('probability × what the shopper’s mean order earns (mean_order_value × shop.margin)'),
  chance_alive: number('chance that a buyer still is one (BG/NBD)'),
  expected_orders: number('days with an order in the next clv days, in expectation (BG/NBD)'),
  clv: number('what those earn: expected_orders × expected order value (gamma-gamma) × shop.margin'),
} as const satisfies Readonly<Record<string, FactMeaning>>;

export type SegmentFact = keyof typeof segmentFacts;

/** The words of segments. */
export const segmentVocabulary: Vocabulary = { facts: segmentFacts, families: {} };

/** Facts a segment may rank shoppers by. */
export const rankable = ['probability', 'expected_value', 'clv', 'expected_orders', 'chance_alive', 'spend', 'orders'] as const;
export type Rankable = (typeof rankable)[number];
