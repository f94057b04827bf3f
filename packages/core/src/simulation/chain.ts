/** Where a transition ends that leaves the chain. */
export const LEAVE = -1;

/** A finite Markov chain that everyone leaves in the end: for each state, its transitions as a run of `to` and `share`. */
export interface Chain {
  /** First transition of each state; one more entry closes the last run. */
  readonly first: Int32Array;
  /** The next state, or LEAVE. */
  readonly to: Int32Array;
  /** Probability of the transition; each run sums to 1. */
  readonly share: Float64Array;
}

/** Where an unnormalised weight leads. */
export type Move = readonly [to: number, weight: number];

/** Builds a chain from the moves of each state; weights are normalised, moves of weight 0 left out. */
export function buildChain(states: number, movesOf: (state: number) => readonly Move[]): Chain {
  const first = new Int32Array(states + 1);
  const to: number[] = [];
  const share: number[] = [];
  for (let state = 0; state < states; state += 1) {
    const moves = movesOf(state).filter(([, weight]) => weight > 0);
    const total = moves.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [target, weight] of moves) {
      to.push(target);
      share.push(weight / total);
    }
    first[state + 1] = to.length;
  }
  return { first, to: Int32Array.from(to), share: Float64Array.from(share) };
}

/** The next state for a uniform draw, or LEAVE. */
export function stepChain({ first, to, share }: Chain, state: number, uniform: number): number {
  const last = first[state + 1]! - 1;
  let at = first[state]!;
  for (; at < last; at += 1) {
    uniform -= share[at]!;
    if (uniform < 0) break;
  }
  return to[at]!;
}

/**
 * For each state, the probability that the matter ends well: the smallest solution of
 * v(s) = Σ p(s → s′) · (worth(s, s′) ?? v(s′)), Norris, Markov Chains (1997), theorem 1.3.2, by Gauss–Seidel sweeps from 0.
 * `worth` is the value of a transition that settles the matter, undefined where it stays open.
 */
export function hittingProbability(chain: Chain, worth: (from: number, to: number) => number | undefined): Float64Array {
  const states = chain.first.length - 1;
  const settled = new Float64Array(states);
  const open = Float64Array.from(chain.share);
  for (let state = 0; state < states; state += 1) {
    for (let at = chain.first[state]!; at < chain.first[state + 1]!; at += 1) {
      const value = worth(state, chain.to[at]!);
      if (value === undefined) continue;
      settled[state]! += chain.share[at]! * value;
      open[at] = 0;
    }
  }
  const values = new Float64Array(states);
  while (sweep(chain, settled, open, values) > 1e-13);
  return values;
}

/** One sweep over all states, last first (states later in a visit have higher numbers); the largest change. */
function sweep({ first, to }: Chain, settled: Float64Array, open: Float64Array, values: Float64Array): number {
  let change = 0;
  for (let state = settled.length - 1; state >= 0; state -= 1) {
    let value = settled[state]!;
    for (let at = first[state]!; at < first[state + 1]!; at += 1) if (open[at] !== 0) value += open[at]! * values[to[at]!]!;
    change = Math.max(change, Math.abs(value - values[state]!));
    values[state] = value;
  }
  return change;
}
