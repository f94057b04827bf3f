import type { PerformanceAnswer, PerformanceQuery } from '@tillcast/api/reports';
import { breakEvenEffect } from '@tillcast/core/decisions/money/profit-curve';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { PredictionLog } from '@tillcast/core/ports/prediction-log';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import { asOfMs } from '../http/as-of.ts';
import { onWire } from '../serving/answer.ts';
import { numberOnWire, profitOnWire, qualityOnWire, sliceOnWire } from './performance-on-wire.ts';
import { type Priced, priceOf } from './prices.ts';
import type { ReportPool } from './report-pool.ts';
import { readServedScores } from './served-scores.ts';

/** What a performance report stands on. */
export interface PerformanceSources {
  readonly predictions: Pick<PredictionLog, 'read'>;
  readonly events: Pick<EventLog, 'read'>;
  readonly pool: Pick<ReportPool, 'measure'>;
  readonly shop: ShopSettings;
}

const defaultSpanMs = 28 * 86_400_000;

const notes = [
  'Gain says how purchases are ranked by the score. It says nothing of what treating shoppers changes: that takes an experiment (/v1/reports/roi).',
  'Rows of shoppers who were treated hold what the treatment did to them.',
  'Slices are compared with all other rows; flags are held to 5 % false ones over the whole report.',
];

/** How good the served predictions of a window were. Raises INPUT_INVALID for a window that is none. */
export async function performanceReport(
  { predictions, events, pool, shop }: PerformanceSources,
  query: PerformanceQuery,
  nowMs: number,
): Promise<PerformanceAnswer> {
  const { target = 'item' } = query;
  const untilMs = asOfMs(query.until, nowMs);
  const fromMs = query.from === undefined ? untilMs - defaultSpanMs : asOfMs(query.from, nowMs);
  if (fromMs >= untilMs)
    throw new TillcastError('INPUT_INVALID', `/from: ${onWire(fromMs)} does not lie before until, ${onWire(untilMs)}`);
  const { scores, waiting, leftOut, share, meanOrder } = await readServedScores(predictions, events, { target, fromMs, untilMs });
  const priced = priceOf(query, shop, meanOrder);
  const { performance, gain, profit } = await pool.measure({ scores, payoff: 'reason' in priced ? undefined : priced.payoff });
  return {
    ...{ target, from: onWire(fromMs), until: onWire(untilMs), waiting, left_out: leftOut, sampled_share: share },
    overall: performance.overall === undefined ? 'too few' : qualityOnWire(performance.overall),
    slices: performance.slices.map(sliceOnWire),
    gain: gain.map(({ share, gain: caught, gainOverRandom, rate }) => ({
      ...{ share, gain: numberOnWire(caught), gain_over_random: numberOnWire(gainOverRandom) },
      ...{ purchase_rate: numberOnWire(rate), break_even_effect: breakEven(priced, rate) },
    })),
    profit: 'reason' in priced || profit === undefined ? null : profitOnWire(profit, priced.prices, priced.basis),
    no_profit: 'reason' in priced ? priced.reason : profit === undefined ? 'no prediction has an outcome yet' : null,
    notes: share === 1 ? notes : [sampleNote(share, scores.labels.length, leftOut), ...notes],
  };
}

const sampleNote = (share: number, measured: number, leftOut: number): string =>
  `A sample: all ${measured.toLocaleString('en')} rows of ${(100 * share).toFixed(1)} % of the shoppers, chosen by a hash of their names, of ${(measured + leftOut).toLocaleString('en')} rows. Figures are of the sample, and their intervals know its size; a shorter window is measured whole.`;

const breakEven = (priced: Priced, rate: number): number | null =>
  'reason' in priced ? null : numberOnWire(breakEvenEffect(priced.prices, rate));
