import type { PerformanceAnswer, PerformanceSlice, ServedQuality } from '@tillcast/api/reports';
import type { Quality, SliceQuality } from '@tillcast/core/decisions/money/performance';
import type { Prices } from '@tillcast/core/decisions/money/profit-curve';
import type { ProfitCurve } from '@tillcast/core/decisions/money/profit-cut-off';
import type { Interval } from '@tillcast/core/learning/metric';

/** null where a number cannot be told. */
export const numberOnWire = (value: number): number | null => (Number.isFinite(value) ? value : null);

const three = ({ value, low, high }: Interval): [number, number, number] => [value, low, high];

/** Figures in the words of the wire. */
export const qualityOnWire = (quality: Quality): ServedQuality => ({
  ...{ rows: quality.rows, shoppers: quality.shoppers, conversions: quality.conversions },
  ...{ base_rate: three(quality.baseRate), predicted: quality.predicted },
  ...{ log_loss: three(quality.logLoss), roc_auc: three(quality.rocAuc), ece: three(quality.ece) },
});

/** A slice in the words of the wire. */
export const sliceOnWire = ({ by, name, rows, quality, worse = [] }: SliceQuality): PerformanceSlice => ({
  ...{ by, name, rows, quality: quality === undefined ? 'too few' : qualityOnWire(quality) },
  worse_than_rest: worse.map(({ metric, difference, adjusted, isWorse }) => ({
    metric: metric === 'rocAuc' ? 'roc_auc' : 'skill',
    ...{ difference: three(difference), adjusted, flagged: isWorse },
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
      profit_cents: three(bestProfitCents),
    },
    points: points.map(({ share, probability, profitCents }) => ({
      ...{ share, probability: numberOnWire(probability), profit_cents: profitCents },
    })),
  };
}
