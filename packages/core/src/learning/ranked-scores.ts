import { probabilityOf } from '../scoring/log-odds.ts';
import { orderDescending } from '../scoring/order-descending.ts';

/** Rows from the highest score to the lowest, sorted once so that every replicate of a bootstrap is one walk. */
export interface RankedScores {
  /** The row at each rank. */
  readonly order: Int32Array;
  /** By rank: 1 where the next rank has a lower score, so that equal scores are counted as one step. */
  readonly endsTie: Uint8Array;
  /** By rank: 1 where the row did not buy and shares its score with no other, so that it only counts. */
  readonly isPlain: Uint8Array;
  /** By rank: 1 = bought. */
  readonly label: Uint8Array;
  /** By rank: the probability that the score stands for. */
  readonly probability: Float64Array;
  /** By rank: the shopper's number. */
  readonly group: Int32Array;
}

/** Ranks rows by log-odds. Without shoppers each row stands for itself. */
export function rankScores(logOdds: ArrayLike<number>, labels: ArrayLike<number>, groupOfRow?: Int32Array): RankedScores {
  const order = orderDescending(logOdds);
  const count = order.length;
  const endsTie = new Uint8Array(count);
  const label = new Uint8Array(count);
  const probability = new Float64Array(count);
  const group = groupOfRow === undefined ? order : order.map((row) => groupOfRow[row]!);
  for (let rank = 0; rank < count; rank++) {
    const row = order[rank]!;
    label[rank] = labels[row]!;
    probability[rank] = probabilityOf(logOdds[row]!);
    endsTie[rank] = rank + 1 === count || logOdds[order[rank + 1]!] !== logOdds[row] ? 1 : 0;
  }
  const isPlain = endsTie.map((ends, rank) =>
    ends === 1 && label[rank] === 0 && (rank === 0 || endsTie[rank - 1] === 1) ? 1 : 0,
  );
  return { order, isPlain, endsTie, label, probability, group };
}
