import type { Fixture } from '../fixture.ts';

interface Ctr {
  readonly ctr_type: string;
  readonly elements: readonly { readonly combination_element: string }[];
  readonly prior_numerator: number;
  readonly target_border_idx: number;
}

interface File {
  readonly features_info: {
    readonly float_features?: readonly { readonly nan_value_treatment: string; readonly has_nans: boolean }[];
    readonly ctrs?: readonly Ctr[];
  };
  readonly model_info: {
    readonly params: {
      readonly loss_function: { readonly type: string };
      readonly tree_learner_options: { readonly grow_policy: string };
    };
  };
  readonly oblivious_trees?: unknown;
  readonly scale_and_bias: readonly [number, readonly number[]];
}

const says = (name: string, holds: (file: File, fixture: Fixture) => boolean) => ({
  name: `CatBoost: ${name}`,
  holds: (fixture: Fixture) => fixture.forest.kind === 'catboost' && holds(JSON.parse(fixture.text) as File, fixture),
});

const saysOfCtr = (name: string, holds: (ctr: Ctr) => boolean) =>
  says(name, ({ features_info }) => features_info.ctrs?.some(holds) === true);

const elementsOf = ({ elements }: Ctr, kind: string) => elements.filter((element) => element.combination_element === kind).length;
const policyOf = ({ model_info }: File) => model_info.params.tree_learner_options.grow_policy;
const isNested = (file: File) => file.oblivious_trees === undefined;
const hasOneHot = ({ text }: Fixture) => text.includes('"OneHotFeature"');

const losses = ['Logloss', 'CrossEntropy', 'RMSE', 'MAE', 'Quantile', 'Huber'];
const ctrTypes = ['Borders', 'Buckets', 'Counter', 'FeatureFreq', 'FloatTargetMeanValue', 'BinarizedTargetMeanValue'];

/** What CatBoost's fixtures must show. */
export const catboostRequirements = [
  says('oblivious trees', (file) => !isNested(file)),
  ...['Depthwise', 'Lossguide'].flatMap((policy) => [
    says(policy, (file, { forest }) => isNested(file) && policyOf(file) === policy && forest.encoding === undefined),
    says(
      `${policy} with categories`,
      (file, { forest }) => isNested(file) && policyOf(file) === policy && forest.encoding !== undefined,
    ),
  ]),
  ...losses.map((loss) => says(`loss ${loss}`, ({ model_info }) => model_info.params.loss_function.type === loss)),
  ...['AsIs', 'AsFalse', 'AsTrue'].map((treatment) =>
    says(
      `missing values ${treatment}`,
      ({ features_info }) =>
        features_info.float_features?.some(
          ({ nan_value_treatment, has_nans }) => nan_value_treatment === treatment && has_nans === (treatment !== 'AsIs'),
        ) === true,
    ),
  ),
  says('one-hot splits', (file, fixture) => !isNested(file) && hasOneHot(fixture)),
  says('one-hot splits in nested trees', (file, fixture) => isNested(file) && hasOneHot(fixture)),
  ...ctrTypes.map((type) => saysOfCtr(`CTR ${type}`, ({ ctr_type }) => ctr_type === type)),
  saysOfCtr('a CTR over several categories', (ctr) => elementsOf(ctr, 'cat_feature_value') > 1),
  saysOfCtr('a CTR over a category and a number', (ctr) => elementsOf(ctr, 'float_feature') > 0),
  saysOfCtr('a CTR over a category and a one-hot answer', (ctr) => elementsOf(ctr, 'cat_feature_exact_value') > 0),
  saysOfCtr('a Counter whose prior is not 0', ({ ctr_type, prior_numerator }) => ctr_type === 'Counter' && prior_numerator !== 0),
  saysOfCtr('a CTR of a second target border', ({ target_border_idx }) => target_border_idx > 0),
  says(
    'CTRs in a regression',
    ({ features_info }, { forest }) => forest.space === 'value' && (features_info.ctrs ?? []).length > 0,
  ),
  says('a bias', ({ scale_and_bias: [, [bias]] }) => bias !== undefined && bias !== 0),
  says('a scale', ({ scale_and_bias: [scale] }) => scale !== 1),
];
