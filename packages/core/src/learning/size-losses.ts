import type { MemberName } from '../scoring/ensemble.ts';
import { probabilityOf, softplus } from '../scoring/log-odds.ts';
import { memberLogOdds } from '../scoring/member-log-odds.ts';
import { evennessFor } from './blend.ts';
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
   * Mean Kullback–Leibler divergence, in nats a row, from the whole ensemble's probabilities to those of the combination's own blend; ≥ 0 up to
   * rounding, 0 for the whole. Remembered, so asking twice is free.
   */
  loss(combination: Combination): number;
}

/** The forest's shrinkage while sizes are compared; the served one is learnt afterwards. */
const SHRINKAGE = 1e-3;
/** Rows beyond this make the choice slower and hardly surer. */
const MOST_ROWS = 10_000;

/**
 * Compares ensembles by how well they say what the whole says (model compression: Bucilă, Caruana & Niculescu-Mizil 2006), not by the labels: a few
 * hundred buyers cannot tell sizes apart, and the best of hundreds of combinations on them would be the luckiest one. Whole and parts are blended as
 * they would be served: stacks fitted on the labels with the blend's own prior, which gives even a stump of a member its weight, so that stumps are not
 * taken for harmless. Of many rows, every buyer and every so-many-th other row is asked.
 */
export function openSizeLosses(members: readonly SizedRaw[], labels: ArrayLike<number>): SizeLosses {
  const rows = sampleRows(labels);
  const picked = Float64Array.from(rows, (row) => labels[row]!);
  const pi = (picked.reduce((sum, label) => sum + label, 0) + 0.5) / (picked.length + 1);
  const logOdds = members.map(({ name, sizes }) =>
    sizes.map((raw) => Float64Array.from(rows, (row) => memberLogOdds(name, raw[row]!, { lambda: SHRINKAGE, pi }))),
  );
  const evenness = evennessFor(labels);
  const whole = logOdds.map((sizes) => sizes.at(-1)!);
  const stack = fitStack({ members: whole, labels: picked }, evenness);
  const target = picked.map((_, row) => probabilityOf(stackedLogOdds(stack, whole, row)));
  const floor = crossEntropy(stack, whole, target);
  const known = new Map<string, number>();
  return {
    loss(combination) {
      const key = combination.join(' ');
      const found = known.get(key);
      if (found !== undefined) return found;
      const taken = combination.flatMap((size, member) => (size === LEFT_OUT ? [] : [logOdds[member]![size]!]));
      const loss = (crossEntropy(fitStack({ members: taken, labels: picked }, evenness), taken, target) - floor) / target.length;
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

function sampleRows(labels: ArrayLike<number>): Int32Array {
  const all = Int32Array.from({ length: labels.length }, (_, row) => row);
  if (labels.length <= MOST_ROWS) return all;
  const others = all.filter((row) => labels[row] !== 1).length;
  const step = Math.max(1, Math.ceil(others / MOST_ROWS));
  let other = 0;
  return all.filter((row) => labels[row] === 1 || other++ % step === 0);
}
