import type { MemberName } from '@tillcast/core/scoring/ensemble';
import { toyBundle } from '../toys/toy-bundle.ts';

/** A toy bundle whose members go by other names: one likes carts, the other is the forest under a boosted name. */
export function bundleOf(version: string, names: readonly [MemberName, MemberName], lift = 0) {
  const toy = toyBundle(version, { lift });
  const [boosted, other] = toy.ensemble.members;
  // The forest's leaves are probabilities; as a boosted member's log-odds they are a model of its own.
  const members = [
    { name: names[0], forest: boosted!.forest },
    { name: names[1], forest: { ...other!.forest, kind: 'lightgbm' as const, space: 'log_odds' as const } },
  ];
  const blend = { ...toy.blend, weights: { [names[0]]: 0.6, [names[1]]: 0.4 } };
  const ensemble = { ...toy.ensemble, members, blend };
  const manifest = {
    ...toy.manifest,
    members: names.map((name) => ({ name, file: `members/${name}`, rounds: 1, params: {} })),
  };
  return { ...toy, ensemble, blend, manifest };
}

/** The reference configuration, verbatim. */
export const reference = {
  experiment_id: 'model_comparison_2024',
  variants: ['catboost', 'xgboost', 'ensemble'],
  traffic_split: { catboost: 0.33, xgboost: 0.33, ensemble: 0.34 },
  primary_metric: 'purchase_probability',
};
