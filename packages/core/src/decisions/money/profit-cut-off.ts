import { drawShoppers, percentileInterval } from '../../learning/bootstrap.ts';
import type { Interval } from '../../learning/metric.ts';
import type { Groups } from '../../scoring/groups.ts';
import type { Random } from '../../simulation/random.ts';
import { type Bands, bandsOf, type Payoff, profitAtCuts } from './profit-curve.ts';

/** One cut-off of a profit curve. */
export interface ProfitPoint {
  readonly share: number;
  /** Whoever has at least this probability is treated; Infinity = nobody. */
  readonly probability: number;
  readonly rows: number;
  readonly profitCents: number;
}

/** A profit curve with the cut-off that earns most. */
export interface ProfitCurve {
  /** From nobody to everybody. */
  readonly points: readonly ProfitPoint[];
  readonly best: ProfitPoint;
  /** Of the best cut-off's profit, without what it owes to having been chosen on these rows. */
  readonly bestProfitCents: Interval;
  /** Holds the best cut-off of the shop with at least 95 %: a share of rows, and the probabilities at its two ends. */
  readonly shareInterval: readonly [low: number, high: number];
  readonly probabilityInterval: readonly [low: number, high: number];
}

export interface ProfitCurveOptions {
  readonly random: Random;
  /** Redraws of the shoppers; 500 unless told. */
  readonly replicates?: number;
}

/**
 * The profit of treating the top of a ranking, at every hundredth. Its best cut-off is an argmax over a step function, where a redrawn argmax has no
 * valid interval (Kim and Pollard 1990; Abrevaya and Huang 2005). So the interval inverts a test: it keeps each cut-off c whose shortfall
 * max_t (P(t) − P(c)) / SE stays below the 95th percentile of the centred, redrawn one (White 2000, studentised as Hansen 2005). Shoppers are redrawn, for
 * their rows belong together.
 */
export function profitCurve(
  logOdds: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: Groups,
  payoff: Payoff,
  options: ProfitCurveOptions,
): ProfitCurve {
  const bands = bandsOf(logOdds);
  const profit = profitAtCuts(bands, labels, payoff);
  const draws = drawProfits(bands, labels, groups, payoff, options);
  const points = Array.from(profit, (profitCents, cut) => pointOf(bands, cut, profitCents));
  const best = argmax(profit);
  const kept = cutOffsKept(profit, draws);
  const [first, last] = [points[kept[0]!]!, points[kept.at(-1)!]!];
  return {
    points,
    best: points[best]!,
    bestProfitCents: profitOfBest(profit, draws, best),
    shareInterval: [first.share, last.share],
    probabilityInterval: [last.probability, first.probability],
  };
}

const pointOf = ({ rows, probability }: Bands, cut: number, profitCents: number): ProfitPoint => ({
  ...{ share: rows[cut]! / rows.at(-1)!, probability: probability[cut]! },
  ...{ rows: rows[cut]!, profitCents },
});

function drawProfits(
  bands: Bands,
  labels: ArrayLike<number>,
  { code, count }: Groups,
  payoff: Payoff,
  { random, replicates = 500 }: ProfitCurveOptions,
): readonly Float64Array[] {
  return Array.from({ length: replicates }, () => {
    const counts = drawShoppers(count, random);
    return profitAtCuts(bands, labels, payoff, (row) => counts[code[row]!]!);
  });
}

/** The first of the largest: of equal profits, the one that treats fewest. */
function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Cut-offs that are not shown to earn less than another; never empty, for the best one has no shortfall. */
function cutOffsKept(profit: Float64Array, draws: readonly Float64Array[]): readonly number[] {
  const kept: number[] = [];
  for (let cut = 0; cut < profit.length; cut++) {
    const errors = Float64Array.from(profit, (_, other) => errorOf(profit, draws, other, cut));
    const shortfall = (values: Float64Array, over: (other: number) => number): number => {
      let most = 0;
      for (let other = 0; other < profit.length; other++)
        if (errors[other]! > 0) most = Math.max(most, (values[other]! - values[cut]! - over(other)) / errors[other]!);
      return most;
    };
    const redrawn = Float64Array.from(draws, (draw) => shortfall(draw, (other) => profit[other]! - profit[cut]!)).sort();
    if (shortfall(profit, () => 0) <= redrawn[Math.ceil(0.95 * redrawn.length) - 1]!) kept.push(cut);
  }
  return kept;
}

/** Standard error of the difference in profit of two cut-offs. */
function errorOf(profit: Float64Array, draws: readonly Float64Array[], other: number, cut: number): number {
  const difference = profit[other]! - profit[cut]!;
  let squares = 0;
  for (const draw of draws) squares += (draw[other]! - draw[cut]! - difference) ** 2;
  return Math.sqrt(squares / draws.length);
}

/**
 * What choosing flatters is how far a redraw's own best lies above this one there, and below it here (Efron 1983, with the shared noise of a redraw taken
 * out); it is never negative, and is taken off value and interval.
 */
function profitOfBest(profit: Float64Array, draws: readonly Float64Array[], best: number): Interval {
  const flatteryOf = (draw: Float64Array): number => {
    const own = argmax(draw);
    return draw[own]! - draw[best]! + (profit[best]! - profit[own]!);
  };
  const flattery = draws.reduce((sum, draw) => sum + flatteryOf(draw), 0) / draws.length;
  const { value, low, high } = percentileInterval(
    profit[best]!,
    Float64Array.from(draws, (draw) => draw[best]!),
  );
  return { value: value - flattery, low: low - flattery, high: high - flattery };
}
