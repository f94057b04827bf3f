import { drawShoppers, percentileInterval } from '../../learning/bootstrap.ts';
import type { Interval } from '../../learning/metric.ts';
import type { Random } from '../../simulation/random.ts';
import { auuc, perfectQini, qiniCoefficient, type RankedUnits, ranked, type UpliftUnits } from './qini.ts';

/** How well a score ranks units by effect, and how well chance does on the same units. */
export interface RankQuality {
  /** 95 %, by redrawing units. */
  readonly qini: Interval;
  readonly auuc: Interval;
  /** The 95th percentile of the Qini coefficient of scores dealt out by lot: below it, nothing was shown. */
  readonly qiniByChance: number;
  /** Whether the score ranks better than chance: one-sided, 5 %. */
  readonly isBetterThanChance: boolean;
}

/** What the intervals are made of. */
export interface RankQualityOptions {
  readonly random: Random;
  /** Redraws, and deals; 200 unless told. */
  readonly replicates?: number;
}

/** Qini and AUUC of a score on randomised units of 0/1 outcomes, with intervals (bootstrap by unit) and a permutation baseline. */
export function rankQuality(units: UpliftUnits, { random, replicates = 200 }: RankQualityOptions): RankQuality {
  const sorted = ranked(units);
  const perfect = perfectQini(sorted);
  const count = sorted.order.length;
  const draws = { qini: new Float64Array(replicates), auuc: new Float64Array(replicates) };
  const chance = new Float64Array(replicates);
  for (let replicate = 0; replicate < replicates; replicate++) {
    const weights = drawShoppers(count, random);
    draws.qini[replicate] = qiniCoefficient(sorted, weights, perfect);
    draws.auuc[replicate] = auuc(sorted, weights);
    chance[replicate] = qiniCoefficient(dealt(sorted, random), undefined, perfect);
  }
  const qini = percentileInterval(qiniCoefficient(sorted, undefined, perfect), draws.qini);
  const qiniByChance = chance.sort()[Math.min(replicates - 1, Math.ceil(0.95 * replicates))]!;
  return {
    qini,
    auuc: percentileInterval(auuc(sorted), draws.auuc),
    qiniByChance,
    isBetterThanChance: qini.value > qiniByChance,
  };
}

/** The same units with their scores dealt out anew (Fisher and Yates; Durstenfeld 1964, algorithm 235). */
function dealt(units: RankedUnits, random: Random): RankedUnits {
  const order = units.order.slice();
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  // No two units share a place: a deal has no ties.
  const score = new Float64Array(order.length);
  for (const [rank, unit] of order.entries()) score[unit] = -rank;
  return { ...units, score, order };
}
