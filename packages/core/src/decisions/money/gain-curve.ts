import { orderDescending } from '../../scoring/order-descending.ts';

/** What the top of a ranking holds. */
export interface GainPoint {
  /** Of all rows, from the highest score, 0 to 1. */
  readonly share: number;
  readonly rows: number;
  /** Purchases among them; in parts where the cut falls into a tie. */
  readonly buyers: number;
  /** Share of all purchases that lies among them; NaN where there is no purchase. */
  readonly gain: number;
  /** Gain over that of as many rows taken by lot: 1 = no better. NaN at share 0. It says how buyers are ranked, nothing of what a treatment does. */
  readonly gainOverRandom: number;
  /** Purchases a row. NaN at share 0. */
  readonly rate: number;
}

/** Cuts at every `1 / parts`, both ends included. */
export const evenShares = (parts: number): readonly number[] => Array.from({ length: parts + 1 }, (_, i) => i / parts);

/** The cumulative gain of a ranking at the shares asked for (rising, within [0, 1]). It begins at (0, 0) and ends at (1, 1); a tie at a cut counts in part. */
export function gainCurve(scores: ArrayLike<number>, labels: ArrayLike<number>, shares: readonly number[]): readonly GainPoint[] {
  const order = orderDescending(scores);
  const total = order.reduce((sum, row) => sum + labels[row]!, 0);
  let [start, end, before, inTie] = [0, 0, 0, 0];
  return shares.map((share) => {
    const wanted = share * order.length;
    while (end < wanted) {
      start = end;
      before += inTie;
      inTie = 0;
      const score = scores[order[start]!]!;
      while (end < order.length && scores[order[end]!] === score) inTie += labels[order[end++]!]!;
    }
    const buyers = end === start ? 0 : before + (inTie * (wanted - start)) / (end - start);
    const gain = share === 1 && total > 0 ? 1 : buyers / total;
    return { share, rows: wanted, buyers, gain, gainOverRandom: gain / share, rate: buyers / wanted };
  });
}
