import { orderDescending } from '../../scoring/order-descending.ts';

/** The cut-off of a score that would have earned most. */
export interface CutOff {
  /** Sum of the effects of those treated; never below 0, for treating nobody earns 0. */
  readonly profit: number;
  readonly treated: number;
}

/** Treats from the highest score down to where the sum of effects is largest: with hindsight, so an upper bound for any such rule. */
export function bestCutOff(scores: Float64Array, effects: ArrayLike<number>): CutOff {
  const order = orderDescending(scores);
  let [sum, profit, treated] = [0, 0, 0];
  for (let rank = 0; rank < order.length; rank++) {
    sum += effects[order[rank]!]!;
    const isLastOfTie = rank + 1 === order.length || scores[order[rank + 1]!] !== scores[order[rank]!];
    if (isLastOfTie && sum > profit) [profit, treated] = [sum, rank + 1];
  }
  return { profit, treated };
}
