import type { InsightFact } from '@tillcast/core/decisions/insights/facts';
import type { FactValue } from '@tillcast/core/decisions/rules/expression';
import { topCategory } from '@tillcast/core/features/catalogue/amounts';
import type { ItemFacts } from '@tillcast/core/ports/item-catalogue';
import { openDaysAt } from '@tillcast/core/shop/days-at';
import type { Days, ShopSettings, TreatmentCost } from '@tillcast/core/shop/settings';
import type { Assessment } from './assess.ts';
import type { RuleShop } from './rules.ts';

/** The part of an assessment that rules can ask of: of an answer as it is given, or of one read back from the log. */
export type Assessed = Pick<
  Assessment,
  'question' | 'probability' | 'percentile' | 'band' | 'baseRate' | 'target' | 'horizonMs' | 'rung'
>;

/** One question of the rules, while its facts are gathered. */
export interface Asking {
  readonly assessment: Assessed;
  readonly userSegment: string | undefined;
  readonly shop: RuleShop;
  /** What is known of the item; looked up once, when a rule first asks. */
  item?: ItemFacts | undefined;
  isItemKnown?: boolean;
}

const hourMs = 3_600_000;

function itemOf(asking: Asking): ItemFacts | undefined {
  if (asking.isItemKnown !== true) {
    asking.item = asking.shop.itemFacts(asking.assessment.question);
    asking.isItemKnown = true;
  }
  return asking.item;
}

/** What one unit earns at the asked price: after its cost, else by its margin, else by the shop's. Undefined: nobody said. */
function itemMargin(asking: Asking): number | undefined {
  const { price, asOfMs } = asking.assessment.question;
  if (price === undefined) return undefined;
  const item = itemOf(asking);
  const cost = item?.cost === undefined ? undefined : asking.shop.convert(item.cost, item.currency, asOfMs);
  if (cost !== undefined) return price - cost;
  const share = item?.margin ?? asking.shop.settings.margin;
  return share === undefined ? undefined : price * share;
}

function expectedMargin(asking: Asking): number | undefined {
  const margin = itemMargin(asking);
  return margin === undefined ? undefined : asking.assessment.probability * margin;
}

/**
 * What a treatment given to everyone who scores like this leaves of the margin that is expected anyway: probability × (margin − its share of the price) −
 * its fixed cost. It says what the treatment may cost, not what it brings: that takes an experiment.
 */
export function expectedProfit(asking: Asking, cost: TreatmentCost | undefined): number | undefined {
  const margin = itemMargin(asking);
  const { price } = asking.assessment.question;
  if (margin === undefined || cost === undefined) return undefined;
  return asking.assessment.probability * (margin - cost.shareOfValue * price!) - cost.fixed;
}

type Reader = (asking: Asking) => FactValue | null | undefined;

const readers: Readonly<Record<Exclude<InsightFact, 'holiday' | 'sale'>, Reader>> = {
  probability: ({ assessment }) => assessment.probability,
  percentile: ({ assessment }) => assessment.percentile,
  top_share: ({ assessment }) => assessment.band?.topShare,
  band: ({ assessment }) => assessment.band?.name,
  band_rate: ({ assessment }) => assessment.band?.rate[0],
  band_low: ({ assessment }) => assessment.band?.rate[1],
  band_high: ({ assessment }) => assessment.band?.rate[2],
  base_rate: ({ assessment }) => assessment.baseRate,
  times_base_rate: ({ assessment: { band, baseRate } }) =>
    band !== undefined && baseRate !== undefined && baseRate > 0 ? band.rate[0] / baseRate : undefined,
  target: ({ assessment }) => assessment.target,
  horizon_hours: ({ assessment }) => assessment.horizonMs / hourMs,
  rung: ({ assessment }) => assessment.rung,
  price: ({ assessment }) => assessment.question.price,
  category: ({ assessment }) => assessment.question.category,
  top_category: ({ assessment }) => assessment.question.category && topCategory(assessment.question.category),
  brand: ({ assessment }) => assessment.question.brand,
  user_segment: ({ userSegment }) => userSegment,
  hour: ({ assessment }) => assessment.question.hour,
  day_of_week: ({ assessment }) => assessment.question.dayOfWeek,
  is_weekend: ({ assessment }) => assessment.question.isWeekend,
  item_margin: itemMargin,
  expected_margin: expectedMargin,
  stock: (asking) => itemOf(asking)?.stock,
  available: (asking) => itemOf(asking)?.available,
};

const profitPrefix = 'expected_profit.';

function dayReader(days: readonly Days[], { timeZone = 'UTC' }: ShopSettings): Reader {
  const nameAt = openDaysAt(days, timeZone);
  return ({ assessment }) => nameAt(assessment.question.asOfMs);
}

/** How a fact that is no feature is read. */
export function readerOf(name: string, { settings }: RuleShop): Reader {
  if (name === 'holiday') return dayReader(settings.holidays, settings);
  if (name === 'sale') return dayReader(settings.sales, settings);
  if (!name.startsWith(profitPrefix)) return readers[name as keyof typeof readers];
  const cost = settings.treatmentCosts.get(name.slice(profitPrefix.length));
  return (asking) => expectedProfit(asking, cost);
}
