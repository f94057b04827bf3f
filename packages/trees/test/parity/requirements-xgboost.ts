import type { Forest } from '../../src/forest.ts';
import type { Fixture } from '../fixture.ts';

interface File {
  readonly learner: {
    readonly attributes: Readonly<Record<string, string>>;
    readonly objective: { readonly name: string };
    readonly learner_model_param: { readonly base_score: string };
    readonly gradient_booster: Booster & { readonly gbtree?: Booster; readonly name: string };
  };
}

interface Booster {
  readonly model?: { readonly trees: readonly { readonly categories_sizes: readonly number[] }[] };
}

const isXgboost = ({ forest }: Fixture) => forest.kind === 'xgboost';
const isUbj = (fixture: Fixture) => isXgboost(fixture) && fixture.text === '';
const isJson = (fixture: Fixture) => isXgboost(fixture) && fixture.text !== '';

/** A requirement on what the JSON says. */
const says = (name: string, holds: (file: File, fixture: Fixture) => boolean) => ({
  name: `XGBoost: ${name}`,
  holds: (fixture: Fixture) => isJson(fixture) && holds(JSON.parse(fixture.text) as File, fixture),
});

const treesOf = ({ learner: { gradient_booster } }: File) => (gradient_booster.gbtree ?? gradient_booster).model?.trees ?? [];
const hasSetOf = (file: File, fits: (size: number) => boolean) => treesOf(file).some((tree) => tree.categories_sizes.some(fits));
const bothWays = ({ feature, missingGoesLeft }: Forest) =>
  [0, 1].every((side) => missingGoesLeft.some((left, node) => left === side && feature[node] !== -1));
const objectives = [
  ['binary:logistic', 'log_odds'],
  ['binary:logitraw', 'log_odds'],
  ['reg:logistic', 'log_odds'],
  ['reg:squarederror', 'value'],
  ['reg:absoluteerror', 'value'],
  ['reg:pseudohubererror', 'value'],
] as const;

/** What XGBoost's fixtures must show. */
export const xgboostRequirements = [
  ...[
    { format: 'JSON', isFormat: isJson },
    { format: 'UBJ', isFormat: isUbj },
  ].flatMap(({ format, isFormat }) => [
    {
      name: `XGBoost ${format}: numeric, missing values sent both ways`,
      holds: (fixture: Fixture) => isFormat(fixture) && fixture.forest.categories === undefined && bothWays(fixture.forest),
    },
    {
      name: `XGBoost ${format}: categories`,
      holds: (fixture: Fixture) => isFormat(fixture) && fixture.forest.categories !== undefined,
    },
    {
      name: `XGBoost ${format}: a regression`,
      holds: (fixture: Fixture) => isFormat(fixture) && fixture.forest.space === 'value',
    },
    {
      name: `XGBoost ${format}: DART`,
      // The booster's name stands as it is in both formats.
      holds: (fixture: Fixture) => isFormat(fixture) && Buffer.from(fixture.model).includes('weight_drop'),
    },
  ]),
  ...objectives.map(([objective, space]) =>
    says(objective, ({ learner }, { forest }) => learner.objective.name === objective && forest.space === space),
  ),
  says('one-hot splits', (file) => hasSetOf(file, (size) => size === 1)),
  says('partition splits', (file) => hasSetOf(file, (size) => size > 1)),
  says('DART with categories', (file) => file.learner.gradient_booster.name === 'dart' && hasSetOf(file, () => true)),
  says('categories by name', (_, { forest }) => forest.encoding !== undefined),
  says('base_score in brackets', ({ learner }) => /^\[.*\]$/.test(learner.learner_model_param.base_score)),
  says('base_score as a plain number', ({ learner }) => /^[\d.]+(E[-+]?\d+)?$/i.test(learner.learner_model_param.base_score)),
  says('the wrapper stops at best_iteration', (file, { forest }) => {
    const { scikit_learn, best_iteration } = file.learner.attributes;
    return (
      scikit_learn !== undefined && forest.treeCount === Number(best_iteration) + 1 && forest.treeCount < treesOf(file).length
    );
  }),
  says('the booster goes on behind best_iteration', (file, { forest }) => {
    const { scikit_learn, best_iteration } = file.learner.attributes;
    return scikit_learn === undefined && forest.treeCount > Number(best_iteration) + 1;
  }),
];
