import type { Experiment } from './experiment.ts';
import { positionOf } from './position.ts';

/** Why a unit takes no part. */
export type Reason = 'not_targeted' | 'held_out' | 'other_layer' | 'outside_exposure';

/** Where a unit falls: into a variant, or into none and why. */
export type Assignment = { readonly variant: string } | { readonly variant: undefined; readonly reason: Reason };

/** The part of an experiment that decides where units fall. */
export type Split = Pick<Experiment, 'salt' | 'variants' | 'weights' | 'exposureShare' | 'layers' | 'holdout'>;

/** The variant at a position in [0, 1): the first whose weights, added up to it, lie above. */
export function variantAt({ variants, weights }: Pick<Split, 'variants' | 'weights'>, position: number): string {
  let mark = 0;
  for (let v = 0; v < variants.length; v++) {
    mark += weights[v]!;
    if (position < mark) return variants[v]!.name;
  }
  // Weights that add up to 1 but for rounding leave a sliver: it is the last variant's that has any weight.
  return variants[weights.findLastIndex((weight) => weight > 0)]!.name;
}

const out = (reason: Reason): Assignment => ({ variant: undefined, reason });

/**
 * Where a unit that is targeted falls: a pure function of experiment and unit. Raising the exposure share never moves a unit that takes part already. A change of
 * weights moves units: those that were exposed stay where they were because exposures are remembered (`ExposureLog`), not because of this function.
 */
export function assign(split: Split, unit: string): Assignment {
  const { salt, holdout, layers, exposureShare } = split;
  if (holdout !== undefined && positionOf('holdout', holdout.name, unit) < holdout.share) return out('held_out');
  for (const { layer, from, to } of layers) {
    const at = positionOf('layer', layer, unit);
    if (at < from || at >= to) return out('other_layer');
  }
  if (exposureShare < 1 && positionOf('exposure', salt, unit) >= exposureShare) return out('outside_exposure');
  return { variant: variantAt(split, positionOf('variant', salt, unit)) };
}
