import type { MemberName } from '../scoring/ensemble.ts';
import { logOddsOf, softplus } from '../scoring/log-odds.ts';
import { memberLogOdds } from '../scoring/member-log-odds.ts';
import { FAINT_EVENNESS, type Teacher } from './distil-blend.ts';
import { fitStack, type Stack, stackedLogOdds } from './stack.ts';

/** A member's raw scores on the rows that choose, a list a size. */
export interface SizedRaw {
  readonly name: MemberName;
  readonly sizes: readonly Float64Array[];
}

/** One size a member: its index, or LEFT_OUT. */
export type Combination = readonly number[];

export const LEFT_OUT = -1;

/** Tells how far combinations of sizes lie from the whole ensemble. */
export interface SizeLosses {
  /**
   * Mean Kullback–Leibler divergence, in nats a row, from the whole ensemble's probabilities to those of the combination's nearest blend; ≥ 0 up to
   * rounding, about 0 for the whole. Remembered, so asking twice is free.
   */
  loss(combination: Combination): number;
}

/** Rows beyond this make the choice slower and hardly surer. */
const MOST_ROWS = 10_000;

/**
 * Compares ensembles by how well they say what the whole says (model compression: Bucilă, Caruana & Niculescu-Mizil 2006), not by the labels: a few
 * hundred buyers cannot tell sizes apart, and the best of hundreds of combinations on them would be the luckiest one. Each is blended as it would be
 * served: by what the whole says (distil-blend.ts). Of many rows, every so-many-th is asked.
 */
export function openSizeLosses(members: readonly SizedRaw[], { blend, probabilities }: Teacher): SizeLosses {
  const rows = sampleRows(probabilities.length);
  const target = Float64Array.from(rows, (row) => probabilities[row]!);
  const logOdds = members.map(({ name, sizes }) =>
    sizes.map((raw) => Float64Array.from(rows, (row) => memberLogOdds(name, raw[row]!, blend.forestShrinkage))),
  );
  const entropy = target.reduce((sum, p) => sum + softplus(logOddsOf(p)) - p * logOddsOf(p), 0);
  const known = new Map<string, number>();
  return {
    loss(combination) {
      const key = combination.join(' ');
      const found = known.get(key);
      if (found !== undefined) return found;
      const taken = combination.flatMap((size, member) => (size === LEFT_OUT ? [] : [logOdds[member]![size]!]));
      const loss =
        (crossEntropy(fitStack({ members: taken, labels: target }, FAINT_EVENNESS), taken, target) - entropy) / rows.length;
      known.set(key, loss);
      return loss;
    },
  };
}

function crossEntropy(stack: Stack, members: readonly Float64Array[], target: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < target.length; row++) {
    const z = stackedLogOdds(stack, members, row);
    sum += softplus(z) - target[row]! * z;
  }
  return sum;
}

function sampleRows(count: number): Int32Array {
  const step = Math.max(1, Math.ceil(count / MOST_ROWS));
  return Int32Array.from({ length: Math.ceil(count / step) }, (_, at) => at * step);
}
