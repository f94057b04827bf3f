import type { FactFamily, FactMeaning, Vocabulary } from '../rules/vocabulary.ts';

const number = (meaning: string): FactMeaning => ({ type: 'number', meaning });
const text = (meaning: string): FactMeaning => ({ type: 'text', meaning });
const truth = (meaning: string): FactMeaning => ({ type: 'truth', meaning });

/** What an insight rule can ask of one prediction, beside features and treatments. */
export const insightFacts = {
  probability: number('calibrated chance of a purchase within the horizon, 0–1'),
  percentile: number('share of the reference scores at or below, 0–100'),
  top_share: number('share of the reference at or above the band this score is in; 1 below every band'),
  band: text('name of that band'),
  band_rate: number('share of the band that bought in the test window'),
  band_low: number('lower end of its 95 % interval'),
  band_high: number('upper end of its 95 % interval'),
  base_rate: number('share that bought over all'),
  times_base_rate: number('band_rate ÷ base_rate'),
  target: text('item or session'),
  horizon_hours: number('how far ahead the answer looks, hours'),
  rung: text('behavioural, profile or prior'),
  price: number('price asked about'),
  category: text('category asked about'),
  top_category: text('its broadest part'),
  brand: text('brand asked about'),
  user_segment: text('the shop’s own segment of the shopper, as asked'),
  hour: number('hour of the day in the shop’s time zone, 0–23'),
  day_of_week: number('0 = Monday'),
  is_weekend: truth('Saturday or Sunday'),
  holiday: text('name of the shop’s holiday that day; absent on other days'),
  sale: text('name of the shop’s sale that day; absent on other days'),
  item_margin: number('what one unit earns: by the catalogue’s cost or margin, else the shop’s; in its currency'),
  expected_margin: number('probability × item_margin'),
  stock: number('units in stock, by the catalogue'),
  available: truth('whether it can be bought, by the catalogue'),
} as const satisfies Readonly<Record<string, FactMeaning>>;

/** The name of a fact that is neither a feature nor a treatment's. */
export type InsightFact = keyof typeof insightFacts;

const feature: FactFamily = { type: 'number', meaning: 'a feature of the catalogue, as the model was told it' };
const expectedProfit: FactFamily = {
  type: 'number',
  meaning:
    'probability × (item_margin − the treatment’s share of the price) − its fixed cost: what giving it to such shoppers leaves of the margin that is expected anyway',
};

/** What insight rules can ask; with lists, a feature or a treatment that is not in them is refused. */
export const insightVocabulary = (known: {
  readonly features?: Iterable<string> | undefined;
  readonly treatments?: Iterable<string> | undefined;
}): Vocabulary => ({
  facts: insightFacts,
  families: {
    feature: { ...feature, names: known.features && new Set(known.features) },
    expected_profit: { ...expectedProfit, names: known.treatments && new Set(known.treatments) },
  },
});
