import type { RankedScores } from './ranked-scores.ts';

/** What depends on the order of scores, and on bins along it. NaN where the rows hold one class only. */
export interface RankMetrics {
  readonly rocAuc: number;
  readonly prAuc: number;
  readonly ece: number;
  readonly liftAt1: number;
  readonly liftAt5: number;
  readonly liftAt10: number;
}

/** Equal-mass bins of the calibration error. */
export const CALIBRATION_BINS = 10;

/** The shares of the rows at whose cut lift is told, from the top. */
const LIFT_SHARES = [0.01, 0.05, 0.1] as const;

/** How many rows, and how many of them bought. */
export interface Totals {
  readonly rows: number;
  readonly positives: number;
}

/**
 * All rank metrics in one walk. `counts[shopper]` is how often a shopper was drawn (absent: each once); `totals` are of that draw.
 * - ROC AUC: one less the share of inverted pairs (Mann & Whitney), ties count half. PR AUC: average precision, Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores.
 * - ECE: equal-mass bins (Nixon et al. 2019); a tie falls whole into the bin of its middle, so that row order cannot matter.
 * - Lift at k %: purchase rate in the top k % over the rate of all; a tie at the cut counts in part.
 * One loop over local variables, with a short cut for rows that only count, because a bootstrap walks it a thousand times.
 */
export function rankMetrics(
  { group, endsTie, isPlain, label, probability }: RankedScores,
  totals: Totals,
  counts?: Uint8Array,
): RankMetrics {
  const caught = new Float64Array(LIFT_SHARES.length);
  const binRows = totals.rows / CALIBRATION_BINS;
  let cut = 0;
  let cutAt = LIFT_SHARES[0] * totals.rows;
  let binEnd = binRows;
  let border = Math.min(cutAt, binEnd);
  let [rows, positives, inversions, precision, gaps, binGap] = [0, 0, 0, 0, 0, 0];
  let [tieRows, tiePositives, tiePredicted] = [0, 0, 0];
  for (let rank = 0; rank < label.length; rank++) {
    const times = counts === undefined ? 1 : counts[group[rank]!]!;
    if (isPlain[rank] === 1 && rows + times < border) {
      rows += times;
      binGap += times * probability[rank]!;
      continue;
    }
    tieRows += times;
    if (label[rank] === 1) tiePositives += times;
    tiePredicted += times * probability[rank]!;
    if (endsTie[rank] === 0 || tieRows === 0) continue;
    if (rows + tieRows / 2 >= binEnd) {
      gaps += Math.abs(binGap);
      binGap = 0;
      binEnd = binRows * (1 + Math.floor((rows + tieRows / 2) / binRows));
    }
    binGap += tiePredicted - tiePositives;
    for (
      ;
      rows + tieRows >= cutAt;
      cutAt = cut < LIFT_SHARES.length ? LIFT_SHARES[cut]! * totals.rows : Number.POSITIVE_INFINITY
    ) {
      caught[cut++] = positives + (tiePositives * (cutAt - rows)) / tieRows;
    }
    border = Math.min(cutAt, binEnd);
    inversions += tiePositives * (rows - positives + (tieRows - tiePositives) / 2);
    rows += tieRows;
    positives += tiePositives;
    if (tiePositives > 0) precision += (tiePositives * positives) / rows;
    tieRows = tiePositives = tiePredicted = 0;
  }
  return finish(totals, inversions, precision, (gaps + Math.abs(binGap)) / totals.rows, caught);
}

function finish(
  { rows, positives }: Totals,
  inversions: number,
  precision: number,
  ece: number,
  caught: Float64Array,
): RankMetrics {
  const oneClass = positives === 0 || positives === rows;
  const lift = (cut: 0 | 1 | 2): number => (positives === 0 ? Number.NaN : caught[cut]! / (LIFT_SHARES[cut] * positives));
  return {
    rocAuc: oneClass ? Number.NaN : 1 - inversions / ((rows - positives) * positives),
    prAuc: oneClass ? Number.NaN : precision / positives,
    ece,
    liftAt1: lift(0),
    liftAt5: lift(1),
    liftAt10: lift(2),
  };
}
