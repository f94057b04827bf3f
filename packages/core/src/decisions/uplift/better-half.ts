import { learnShrinkage, shrunk } from './shrink-effects.ts';

/** A learner's effects, each predicted by a fit that never saw the unit, nor its outcome by way of any other model. */
export interface Contender {
  readonly name: string;
  readonly outOfFold: Float64Array;
}

/** What treating by each contender's shrunk effect brings on some units, summed; in the contenders' order. */
function profitsOn(contenders: readonly Contender[], effects: Float64Array, units: Int32Array): number[] {
  const found = Float64Array.from(units, (unit) => effects[unit]!);
  return contenders.map(({ outOfFold }) => {
    const predicted = Float64Array.from(units, (unit) => outOfFold[unit]!);
    const shrinkage = learnShrinkage(predicted, found);
    return found.reduce((sum, effect, i) => sum + (shrunk(shrinkage, predicted[i]!) > 0 ? effect : 0), 0);
  });
}

/** The contenders that earn most on some units, half of them (rounded up), in the contenders' order. Learners err in different places, bad ones everywhere. */
export function betterHalf(contenders: readonly Contender[], effects: Float64Array, units: Int32Array): readonly Contender[] {
  const profits = profitsOn(contenders, effects, units);
  const ranks = profits.map((profit, i) => profits.filter((other, k) => other > profit || (other === profit && k < i)).length);
  return contenders.filter((_, i) => ranks[i]! < Math.ceil(contenders.length / 2));
}

/** The mean of the better half, which is chosen anew for each fold on the units of the others: no unit has a say in what is averaged for it. */
export function meanOfBetterHalf(contenders: readonly Contender[], effects: Float64Array, fold: ArrayLike<number>): Float64Array {
  const mean = new Float64Array(effects.length);
  const units = Int32Array.from(mean.keys());
  for (const one of new Set(Array.from(fold))) {
    const half = betterHalf(
      contenders,
      effects,
      units.filter((unit) => fold[unit] !== one),
    );
    for (const unit of units)
      if (fold[unit] === one) for (const { outOfFold } of half) mean[unit]! += outOfFold[unit]! / half.length;
  }
  return mean;
}
