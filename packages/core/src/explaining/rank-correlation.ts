/** Mid-ranks, ties sharing their mean; missing values rank together below all others. */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const key = (at: number): number => (Number.isNaN(values[at]!) ? Number.NEGATIVE_INFINITY : values[at]!);
  const order = Array.from(values, (_, at) => at).sort((a, b) => (key(a) === key(b) ? 0 : key(a) - key(b)));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let until = from + 1;
    while (until < order.length && key(order[until]!) === key(order[from]!)) until++;
    for (let at = from; at < until; at++) ranks[order[at]!] = (from + until - 1) / 2;
    from = until;
  }
  return ranks;
}

/** Spearman's rank correlation of every two columns of rows laid out one after the other; 0 where a column never varies. */
export function rankCorrelations(rows: ArrayLike<number>, width: number): Float64Array {
  const count = rows.length / width;
  const columns = Array.from({ length: width }, (_, j) =>
    standardised(midRanks(Float64Array.from({ length: count }, (_, i) => rows[i * width + j]!))),
  );
  const result = new Float64Array(width * width);
  for (let a = 0; a < width; a++) {
    for (let b = 0; b <= a; b++) {
      let dot = 0;
      for (let i = 0; i < count; i++) dot += columns[a]![i]! * columns[b]![i]!;
      result[a * width + b] = result[b * width + a] = a === b ? 1 : Math.max(-1, Math.min(1, dot));
    }
  }
  return result;
}

/** Centred, and of length 1. */
function standardised(ranks: Float64Array): Float64Array {
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
  const length = Math.sqrt(ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0));
  return ranks.map((rank) => (length === 0 ? 0 : (rank - mean) / length));
}
