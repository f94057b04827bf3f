import type { Experiment, Holdout } from './experiment.ts';
import { positionOf } from './position.ts';

/** Why a unit takes no part. */
export type Reason = 'not_targeted' | 'held_out' | 'other_layer' | 'outside_exposure';

/** Where a unit falls: into a variant, or into none and why. Of one held out, `wouldBe` is the variant it had without the holdout. */
export type Assignment =
  | { readonly variant: string }
  | { readonly variant: undefined; readonly reason: 'held_out'; readonly wouldBe: string }
  | { readonly variant: undefined; readonly reason: Exclude<Reason, 'held_out'> };

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

const out = (reason: Exclude<Reason, 'held_out'>): Assignment => ({ variant: undefined, reason });

/** Whether a holdout keeps a unit out: of everything that names the holdout, alike and for ever. */
export const isHeldOut = ({ name, share }: Holdout, unit: string): boolean => positionOf('holdout', name, unit) < share;

/**
 * Where a unit that is targeted falls: a pure function of experiment and unit. Raising the exposure share never moves a unit that takes part already. A change of
 * weights moves units: those that were exposed stay where they were because exposures are remembered (`ExposureLog`), not because of this function.
 * The holdout is asked last: held out is only who would take part without it, so that both sides are drawn from the same people at the same moment.
 */
export function assign(split: Split, unit: string): Assignment {
  const { salt, holdout, layers, exposureShare } = split;
  for (const { layer, from, to } of layers) {
    const at = positionOf('layer', layer, unit);
    if (at < from || at >= to) return out('other_layer');
  }
  if (exposureShare < 1 && positionOf('exposure', salt, unit) >= exposureShare) return out('outside_exposure');
  const variant = variantAt(split, positionOf('variant', salt, unit));
  return holdout !== undefined && isHeldOut(holdout, unit)
    ? { variant: undefined, reason: 'held_out', wouldBe: variant }
    : { variant };
}
