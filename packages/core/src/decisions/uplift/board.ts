import type { Interval } from '../../learning/metric.ts';
import { betterHalf, type Contender, meanOfBetterHalf } from './better-half.ts';
import { meanInterval } from './mean-interval.ts';
import { learnShrinkage, type Shrinkage, shrunk } from './shrink-effects.ts';

/** One line of the board. Profit is a unit's, above treating nobody, doubly robust, 95 %. */
export interface BoardLine {
  readonly name: string;
  /** Treats whom the shrunk effect says pays. */
  readonly profit: Interval;
  readonly treatedShare: number;
  /** Learnt on all units: what is served. */
  readonly shrinkage: Shrinkage;
}

/** Learners compared on the same units, and the one to serve. */
export interface Board {
  readonly lines: readonly BoardLine[];
  readonly everybody: Interval;
  /** The mean of the better half, unless one learner is better: the 95 % interval of their paired difference lies above 0. */
  readonly chosen: BoardLine;
  /** The learners the chosen line consists of, in equal parts. */
  readonly among: readonly string[];
}

/** The contender that is the mean of the better half of the others. */
export const meanOfHalf = 'mean_of_better_half';

/**
 * Compares learners by what their policies would have earned, out of fold. The shrinkage is learnt on the other folds too, so that no figure
 * of the board knows its own outcome. `effects` are doubly robust, `fold` numbers the folds.
 */
export function compareLearners(learners: readonly Contender[], effects: Float64Array, fold: ArrayLike<number>): Board {
  const contenders = [...learners, { name: meanOfHalf, outOfFold: meanOfBetterHalf(learners, effects, fold) }];
  const policies = contenders.map(({ outOfFold }) => policyOutOfFold(outOfFold, effects, fold));
  const lines = contenders.map(({ name, outOfFold }, i) => ({
    name,
    profit: meanInterval(effects.length, (unit) => policies[i]![unit]! * effects[unit]!),
    treatedShare: policies[i]!.reduce((sum, one) => sum + one, 0) / effects.length,
    shrinkage: learnShrinkage(outOfFold, effects),
  }));
  const chosen = choose(lines, policies, effects);
  const all = Int32Array.from(effects.keys());
  const among = chosen.name === meanOfHalf ? betterHalf(learners, effects, all).map(({ name }) => name) : [chosen.name];
  return { lines, everybody: meanInterval(effects.length, (unit) => effects[unit]!), chosen, among };
}

function choose(lines: readonly BoardLine[], policies: readonly Uint8Array[], effects: Float64Array): BoardLine {
  const [mean, ofMean] = [lines.at(-1)!, policies.at(-1)!];
  let [chosen, most] = [mean, 0];
  for (const [i, line] of lines.entries()) {
    const ahead = meanInterval(effects.length, (unit) => (policies[i]![unit]! - ofMean[unit]!) * effects[unit]!);
    if (ahead.low > 0 && ahead.value > most) [chosen, most] = [line, ahead.value];
  }
  return chosen;
}

/** 1 where a unit would be treated by an effect shrunk on the units of the other folds. */
function policyOutOfFold(predicted: Float64Array, effects: Float64Array, fold: ArrayLike<number>): Uint8Array {
  const policy = new Uint8Array(predicted.length);
  const units = Int32Array.from(predicted.keys());
  for (const one of new Set(Array.from(fold))) {
    const rest = units.filter((unit) => fold[unit] !== one);
    const shrinkage = learnShrinkage(pickFrom(predicted, rest), pickFrom(effects, rest));
    for (const unit of units) if (fold[unit] === one) policy[unit] = Number(shrunk(shrinkage, predicted[unit]!) > 0);
  }
  return policy;
}

const pickFrom = (values: Float64Array, units: Int32Array): Float64Array => Float64Array.from(units, (unit) => values[unit]!);
