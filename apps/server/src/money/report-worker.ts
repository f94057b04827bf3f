import { evenShares, type GainPoint, gainCurve } from '@tillcast/core/decisions/money/gain-curve';
import type { LedgerLine } from '@tillcast/core/decisions/money/ledger-line';
import {
  MOST_REDRAWN,
  measurePerformance,
  type Performance,
  rankedScores,
  type ServedScores,
} from '@tillcast/core/decisions/money/performance';
import type { Payoff } from '@tillcast/core/decisions/money/profit-curve';
import { type ProfitCurve, profitCurve } from '@tillcast/core/decisions/money/profit-cut-off';
import { inBlocks } from '@tillcast/core/decisions/money/quality-of-many';
import { openRandom } from '@tillcast/core/simulation/random';
import { bookHere, type LinePlan } from './book-here.ts';
import { unpackUnits } from './packed-units.ts';

/** Rows to measure; with `payoff`, what treating the top of them would bring as well. */
export interface PerformanceTask {
  readonly scores: ServedScores;
  readonly payoff: Payoff | undefined;
}

/** What a thread found out. */
export interface PerformanceFound {
  readonly performance: Performance;
  readonly gain: readonly GainPoint[];
  readonly profit: ProfitCurve | undefined;
}

/** A line to book; units as `packUnits` made them. */
export interface BookTask {
  readonly packed: Float64Array;
  readonly plan: LinePlan;
}

/** Books a line. */
export const book = ({ packed, plan }: BookTask): LedgerLine => bookHere(unpackUnits(packed), plan);

const deciles = 10;

/** Measures rows; the same rows give the same figures, for every stream of chance is seeded. */
export function measure({ scores: given, payoff }: PerformanceTask): PerformanceFound {
  const random = openRandom('performance');
  const isMany = given.labels.length > MOST_REDRAWN;
  const scores = isMany ? rankedScores(given) : given;
  const { logOdds, labels, shopper } = scores;
  const shoppers = { code: shopper, count: shopper.reduce((most, one) => Math.max(most, one + 1), 0) };
  const groups = isMany ? inBlocks(shoppers) : shoppers;
  return {
    performance: measurePerformance(scores, random.fork('slices')),
    gain: gainCurve(logOdds, labels, evenShares(deciles)),
    profit:
      payoff === undefined || labels.length === 0
        ? undefined
        : profitCurve(logOdds, labels, groups, payoff, { random: random.fork('profit') }),
  };
}
