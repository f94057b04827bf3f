import type { PerformanceAnswer, PerformanceSlice, ServedQuality } from '@tillcast/api/reports';
import type { Quality, SliceQuality } from '@tillcast/core/decisions/money/performance';
import type { Prices } from '@tillcast/core/decisions/money/profit-curve';
import type { ProfitCurve } from '@tillcast/core/decisions/money/profit-cut-off';
import { tripleOf } from '@tillcast/core/learning/metric';

/** null where a number cannot be told. */
export const numberOnWire = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Figures in the words of the wire. */
export const qualityOnWire = (quality: Quality): ServedQuality => ({
  ...{ rows: quality.rows, shoppers: quality.shoppers, conversions: quality.conversions },
  ...{ base_rate: tripleOf(quality.baseRate), predicted: quality.predicted },
  ...{ log_loss: tripleOf(quality.logLoss), roc_auc: tripleOf(quality.rocAuc), ece: tripleOf(quality.ece) },
});

/** A slice in the words of the wire. */
export const sliceOnWire = ({ by, name, rows, quality, worse = [] }: SliceQuality): PerformanceSlice => ({
  ...{ by, name, rows, quality: quality === undefined ? 'too few' : qualityOnWire(quality) },
  worse_than_rest: worse.map(({ metric, difference, adjusted, isWorse }) => ({
    metric: metric === 'rocAuc' ? 'roc_auc' : 'skill',
    ...{ difference: tripleOf(difference), adjusted, flagged: isWorse },
  })),
});

/** A profit curve in the words of the wire. */
export function profitOnWire(
  { points, best, bestProfitCents, shareInterval, probabilityInterval }: ProfitCurve,
  { marginCents, discountCents, contactCents }: Prices,
  basis: 'all_purchases' | 'assumed_effect',
): NonNullable<PerformanceAnswer['profit']> {
  const [from, to] = probabilityInterval;
  return {
    ...{ basis, margin_cents: marginCents, discount_cents: discountCents, contact_cents: contactCents },
    best: {
      ...{ share: best.share, share_interval: [...shareInterval], probability: numberOnWire(best.probability) },
      probability_interval: [numberOnWire(from), numberOnWire(to)],
      profit_cents: tripleOf(bestProfitCents),
    },
    points: points.map(({ share, probability, profitCents }) => ({
      ...{ share, probability: numberOnWire(probability), profit_cents: profitCents },
    })),
  };
}
