import type { Forest } from '@tillcast/trees/forest';
import { TillcastError } from '../errors/tillcast-error.ts';
import { type Blend, type Ensemble, type MemberName, memberNames } from './ensemble.ts';

export interface WeightedMember {
  readonly name: MemberName;
  readonly weight: number;
}

/** The members that count, in the order in which their scores are added: always that of `memberNames`, so that sums are the same bits. */
export const weightedMembers = (blend: Blend): readonly WeightedMember[] =>
  memberNames.map((name) => ({ name, weight: blend.weights[name] ?? 0 })).filter(({ weight }) => weight > 0);

type WeightedForest = WeightedMember & { readonly forest: Forest };

const found = new WeakMap<Ensemble, readonly WeightedForest[]>();

/** The same with their forests; a weighted member without a forest is refused. */
export function weightedForests(ensemble: Ensemble): readonly WeightedForest[] {
  const known = found.get(ensemble);
  if (known !== undefined) return known;
  const members = findForests(ensemble);
  found.set(ensemble, members);
  return members;
}

function findForests(ensemble: Ensemble): readonly WeightedForest[] {
  return weightedMembers(ensemble.blend).map(({ name, weight }) => {
    const forest = ensemble.members.find((member) => member.name === name)?.forest;
    if (forest === undefined)
      throw new TillcastError(
        'BUNDLE_REFUSED',
        `the blend gives ${name} the weight ${weight}, but the ensemble has no such member`,
      );
    return { name, weight, forest };
  });
}
