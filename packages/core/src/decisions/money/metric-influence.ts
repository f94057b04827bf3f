import { softplus } from '../../scoring/log-odds.ts';
import { orderDescending } from '../../scoring/order-descending.ts';

/** A metric and what each row adds to its error: the sum over rows is 0, the sum of squares the variance of independent rows. */
export interface Influence {
  readonly value: number;
  readonly of: Float64Array;
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return sum;
}

/** The log loss of each row, nats. */
export function lossesOf(logOdds: ArrayLike<number>, labels: ArrayLike<number>): Float64Array {
  const losses = new Float64Array(logOdds.length);
  for (let row = 0; row < losses.length; row++) losses[row] = softplus(labels[row] === 1 ? -logOdds[row]! : logOdds[row]!);
  return losses;
}

/** The area under the ROC curve by placement values, ties half (DeLong, DeLong and Clarke-Pearson 1988); NaN with one class. */
export function rocAucInfluence(logOdds: ArrayLike<number>, labels: ArrayLike<number>): Influence {
  const order = orderDescending(logOdds);
  const positives = sumOf(labels);
  const negatives = labels.length - positives;
  const of = new Float64Array(labels.length);
  let [above, below, sum] = [0, negatives, 0];
  for (let from = 0; from < order.length; ) {
    let end = from;
    let bought = 0;
    while (end < order.length && logOdds[order[end]!] === logOdds[order[from]!]) bought += labels[order[end++]!]!;
    const others = end - from - bought;
    below -= others;
    for (let rank = from; rank < end; rank++) {
      const row = order[rank]!;
      // Of a buyer: share of others below; of another: share of buyers above.
      of[row] = labels[row] === 1 ? (below + others / 2) / negatives : (above + bought / 2) / positives;
      if (labels[row] === 1) sum += of[row]!;
    }
    above += bought;
    from = end;
  }
  const value = sum / positives;
  for (let row = 0; row < of.length; row++) of[row] = (of[row]! - value) / (labels[row] === 1 ? positives : negatives);
  return { value, of };
}

/** 1 − log loss ÷ H(base rate), H the entropy in nats, by the delta method; NaN with one class. */
export function skillInfluence(logOdds: ArrayLike<number>, labels: ArrayLike<number>): Influence {
  const n = labels.length;
  const losses = lossesOf(logOdds, labels);
  const loss = sumOf(losses) / n;
  const rate = sumOf(labels) / n;
  const entropy = -(rate * Math.log(rate) + (1 - rate) * Math.log1p(-rate));
  const slope = Math.log((1 - rate) / rate);
  const of = losses.map((one, row) => (-(one - loss) / entropy + ((loss * slope) / entropy ** 2) * (labels[row]! - rate)) / n);
  return { value: 1 - loss / entropy, of };
}
