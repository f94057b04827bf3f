import { rateInterval } from '../../scoring/rate-interval.ts';

/** How well the chances of a group of shoppers came true. */
export interface Realised {
  readonly asked: number;
  /** Σ of the chances. */
  readonly expected: number;
  readonly bought: number;
  /** bought ÷ asked with its 95 % interval; a shopper counts once. */
  readonly share: readonly [number, number, number];
  /** 0–100: twice what the area under the ROC curve has above chance; null with fewer than ten buyers or non-buyers. */
  readonly score: number | null;
  readonly badge: 'too few buyers yet' | 'poor' | 'fair' | 'good' | 'excellent';
  /** Whether the expected share lies within the interval. */
  readonly isCalibrated: boolean;
}

const fewest = 10;
const badges = [
  [25, 'poor'],
  [50, 'fair'],
  [75, 'good'],
  [Number.POSITIVE_INFINITY, 'excellent'],
] as const;

/** The area under the ROC curve: how often a buyer had the greater chance, ties by half (Mann & Whitney 1947). */
function areaUnderCurve(chances: Float64Array, bought: Uint8Array): number {
  const order = Uint32Array.from(chances, (_, index) => index).sort((a, b) => chances[a]! - chances[b]!);
  let [rankSum, buyers] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let until = from + 1;
    while (until < order.length && chances[order[until]!] === chances[order[from]!]) until++;
    for (let at = from; at < until; at++) {
      buyers += bought[order[at]!]!;
      rankSum += bought[order[at]!]! * ((from + until + 1) / 2);
    }
    from = until;
  }
  return (rankSum - (buyers * (buyers + 1)) / 2) / (buyers * (order.length - buyers));
}

/** Compares chances with what became of them, one entry a shopper. */
export function realisedQuality(chances: Float64Array, bought: Uint8Array): Realised {
  const group = Int32Array.from(chances, (_, index) => index);
  const { positives, rate } = rateInterval(bought, group, group);
  const expected = chances.reduce((sum, chance) => sum + chance, 0);
  const isEnough = Math.min(positives, bought.length - positives) >= fewest;
  const score = isEnough ? Math.max(0, Math.round(200 * (areaUnderCurve(chances, bought) - 0.5))) : null;
  const mean = chances.length === 0 ? 0 : expected / chances.length;
  return {
    ...{ asked: chances.length, expected, bought: positives, share: rate, score },
    badge: score === null ? 'too few buyers yet' : badges.find(([below]) => score < below)![1],
    isCalibrated: rate[1] <= mean && mean <= rate[2],
  };
}
