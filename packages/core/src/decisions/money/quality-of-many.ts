import { calibrationErrorInterval, drawShoppers } from '../../learning/bootstrap.ts';
import type { Interval } from '../../learning/metric.ts';
import { CALIBRATION_BINS, rankMetrics } from '../../learning/rank-metrics.ts';
import { type RankedScores, rankScores } from '../../learning/ranked-scores.ts';
import type { Groups } from '../../scoring/groups.ts';
import { Z } from '../../scoring/rate-interval.ts';
import { mix32, type Random } from '../../simulation/random.ts';
import { lossesOf, rocAucInfluence } from './metric-influence.ts';

/** Figures that are intervals by shopper. */
export interface RankQualityOfMany {
  readonly logLoss: Interval;
  readonly rocAuc: Interval;
  readonly ece: Interval;
}

/** Blocks of shoppers that are redrawn instead of shoppers; the error of an error by so many is 5 %. */
const BLOCKS = 400;
const REDRAWS = 1_000;

/**
 * Log loss, area under the ROC curve and calibration error of many rows, exact, with 95 % intervals that redraw nothing row by row: the first two by what
 * each shopper's rows add (influence functions: DeLong, DeLong and Clarke-Pearson 1988; Obuchowski 1997), the third by redrawing the gaps of its bins, summed
 * over blocks of shoppers (the bins stay where they are).
 */
export function qualityOfMany(logOdds: Float64Array, labels: Uint8Array, groups: Groups, random: Random): RankQualityOfMany {
  const ranked = rankScores(logOdds, labels, groups.code);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const { rocAuc, ece } = rankMetrics(ranked, { rows: labels.length, positives });
  const losses = lossesOf(logOdds, labels);
  const logLoss = losses.reduce((sum, one) => sum + one, 0) / losses.length;
  const ofLoss = losses.map((one) => (one - logLoss) / losses.length);
  return {
    logLoss: around(logLoss, errorByShopper(ofLoss, groups)),
    rocAuc: around(rocAuc, errorByShopper(rocAucInfluence(logOdds, labels).of, groups)),
    ece: calibrationErrorInterval(ece, redrawnCalibration(ranked, groups.count, random)),
  };
}

const around = (value: number, error: number): Interval => ({ value, low: value - Z * error, high: value + Z * error });

/** The standard error of a figure by what each row adds to it, rows of one shopper taken together. */
function errorByShopper(of: Float64Array, { code, count }: Groups): number {
  const sums = new Float64Array(count);
  for (let row = 0; row < of.length; row++) sums[code[row]!]! += of[row]!;
  return Math.sqrt((sums.reduce((total, one) => total + one * one, 0) * count) / (count - 1));
}

/** The equal-mass bin of each rank: a tie falls whole into the bin of its middle, as in `rankMetrics`. */
export function calibrationBins({ endsTie }: Pick<RankedScores, 'endsTie'>): Uint8Array {
  const bins = new Uint8Array(endsTie.length);
  const binRows = endsTie.length / CALIBRATION_BINS;
  for (let first = 0; first < bins.length; ) {
    let end = first;
    while (endsTie[end] === 0) end++;
    end++;
    bins.fill(Math.min(CALIBRATION_BINS - 1, Math.floor((first + end) / 2 / binRows)), first, end);
    first = end;
  }
  return bins;
}

/** Calibration errors on redraws of blocks of shoppers. */
function redrawnCalibration(ranked: RankedScores, shoppers: number, random: Random): Float64Array {
  const bins = calibrationBins(ranked);
  const blocks = Math.min(BLOCKS, shoppers);
  const gaps = new Float64Array(blocks * CALIBRATION_BINS);
  const rows = new Float64Array(blocks);
  for (let rank = 0; rank < bins.length; rank++) {
    const block = blockOf(ranked.group[rank]!, blocks);
    gaps[block * CALIBRATION_BINS + bins[rank]!]! += ranked.probability[rank]! - ranked.label[rank]!;
    rows[block]!++;
  }
  return Float64Array.from({ length: REDRAWS }, () => {
    const counts = drawShoppers(blocks, random);
    const sums = new Float64Array(CALIBRATION_BINS);
    let drawn = 0;
    for (let block = 0; block < blocks; block++) {
      drawn += counts[block]! * rows[block]!;
      for (let bin = 0; bin < CALIBRATION_BINS; bin++) sums[bin]! += counts[block]! * gaps[block * CALIBRATION_BINS + bin]!;
    }
    return sums.reduce((total, gap) => total + Math.abs(gap), 0) / drawn;
  });
}

const blockOf = (shopper: number, blocks: number): number => mix32(shopper + 1) % blocks;

/** Shoppers put together at random in blocks, which are as independent as they are and are redrawn in their place where they are many. */
export const inBlocks = ({ code, count }: Groups, blocks = 1_000): Groups =>
  count <= blocks ? { code, count } : { code: code.map((shopper) => blockOf(shopper, blocks)), count: blocks };
