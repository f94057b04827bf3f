import Type, { type Static } from 'typebox';
import { chance, instant, rung, target } from './field.ts';
import { CompleteRequest, InputIssue, ModelRef } from './predict.ts';

/** The most counterfactuals one answer gives. */
export const maxCounterfactuals = 10;

/** The most pairs of features one answer tells. */
const maxPairs = 10;

const featureName = () => Type.String({ description: 'Name of the feature.', maxLength: 128, examples: ['session_cart_adds'] });
const method = (description: string) =>
  Type.Union([Type.Literal('path_dependent'), Type.Literal('interventional')], { description, examples: ['interventional'] });
const known = (description: string) =>
  Type.Union([Type.Number(), Type.Null()], { description: `${description} null = not known.`, examples: [2] });

/** How far a changed row looks like data the model has seen. */
export const SeenInData = Type.Object(
  {
    seen_in_data: Type.Boolean({
      description: 'Whether every changed feature lies within what was seen, and no pair is odd.',
      examples: [true],
    }),
    features: Type.Array(
      Type.Object(
        {
          feature: featureName(),
          seen: Type.Union([Type.Literal('common'), Type.Literal('rare'), Type.Literal('unseen')], {
            description:
              '`common` = between the 1 % and 99 % quantiles of the reference, `rare` = in its tails, `unseen` = outside.',
            examples: ['common'],
          }),
        },
        { additionalProperties: false },
      ),
      { description: 'Every feature that the changes moved.', maxItems: 4096 },
    ),
    odd_pairs: Type.Array(Type.Array(Type.String(), { minItems: 2, maxItems: 2 }), {
      description: 'Pairs of features whose values are common each, but were never seen together.',
      maxItems: 4096,
      examples: [[['session_events', 'session_views']]],
    }),
    pairs_checked: Type.Boolean({
      description: 'False where there are too few rows yet, of the training data and of this server, to judge pairs.',
      examples: [true],
    }),
  },
  { $id: 'SeenInData', additionalProperties: false, description: 'How far a changed row looks like data the model has seen.' },
);

/** How one feature may be changed. */
export const CounterfactualRule = Type.Object(
  {
    move: Type.Union([Type.Literal('immutable'), Type.Literal('only_up'), Type.Literal('only_down'), Type.Literal('free')], {
      description: 'Which way the feature may go.',
      examples: ['only_down'],
    }),
    step: Type.Optional(
      Type.Number({
        description: 'What one step adds; with `relative`, as a share of the value.',
        exclusiveMinimum: 0,
        examples: [0.05],
      }),
    ),
    relative: Type.Optional(Type.Boolean({ description: 'Whether `step` is a share; default false.', examples: [true] })),
    cost: Type.Optional(Type.Number({ description: 'Cost of one step; default 1.', exclusiveMinimum: 0, examples: [1] })),
    most_steps: Type.Optional(Type.Integer({ description: 'Steps at most; default 16.', minimum: 1, maximum: 64 })),
    least: Type.Optional(Type.Number({ description: 'The feature never goes below this.', examples: [0] })),
    most: Type.Optional(Type.Number({ description: 'The feature never goes above this.', examples: [500] })),
    scales: Type.Optional(
      Type.Array(Type.String({ maxLength: 128 }), {
        description: 'Features that change by the same factor; relative steps only.',
        maxItems: 64,
        examples: [['price_to_item_mean']],
      }),
    ),
  },
  { $id: 'CounterfactualRule', additionalProperties: false, description: 'How one feature may be changed.' },
);

/** A question, and how its answer is to be explained. */
export const ExplainRequest = Type.Object(
  {
    request: CompleteRequest,
    audience: Type.Optional(
      Type.Union([Type.Literal('merchandiser'), Type.Literal('analyst'), Type.Literal('support')], {
        description: 'Who reads the sentences; default `merchandiser`.',
        examples: ['support'],
      }),
    ),
    method: Type.Optional(
      method(
        'How contributions are found: `path_dependent` (default) = what is not known follows the training weights inside the trees; `interventional` = it is taken from real rows, see `background`.',
      ),
    ),
    background: Type.Optional(
      Type.Union([Type.Literal('training'), Type.Literal('buyers')], {
        description:
          'With `interventional`: the rows to compare with, kept in the model’s bundle; `training` (default) = rows it was fitted on, `buyers` = those of them after which the shopper bought.',
        examples: ['buyers'],
      }),
    ),
    interactions: Type.Optional(
      Type.Boolean({
        description: 'Whether to tell the strongest pairs of features as well; with `path_dependent` only; default false.',
        examples: [true],
      }),
    ),
    lime: Type.Optional(Type.Boolean({ description: 'Whether to ask LIME as well; default true.', examples: [true] })),
    counterfactuals: Type.Optional(
      Type.Object(
        {
          probability: Type.Number({
            description: 'The chance to reach.',
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            examples: [0.1],
          }),
          count: Type.Optional(
            Type.Integer({ description: 'Answers at most; default 3.', minimum: 1, maximum: maxCounterfactuals }),
          ),
          rules: Type.Optional(
            Type.Record(Type.String(), CounterfactualRule, {
              description: 'Rules by feature; a feature without one is never changed. Default: the price may go down.',
              maxProperties: 16,
            }),
          ),
        },
        { additionalProperties: false, description: 'What it would take for another answer; left out = not looked for.' },
      ),
    ),
  },
  { $id: 'ExplainRequest', additionalProperties: false, description: 'A question, and how its answer is to be explained.' },
);

/** What LIME says, or why it is not shown. */
export const LimeAnswer = Type.Object(
  {
    status: Type.Union([Type.Literal('given'), Type.Literal('withheld')], {
      description: '`withheld`: the explanation would not be reliable; `reason` says why.',
      examples: ['given'],
    }),
    reason: Type.Optional(Type.String({ description: 'Why it is withheld.', examples: ['the reasons change with the seed'] })),
    r2: Type.Number({ description: 'Share of the local variance that the straight line explains.', examples: [0.71] }),
    stability: Type.Number({
      description: 'Expected share of the top five that another seed would name as well.',
      minimum: 0,
      maximum: 1,
    }),
    samples: Type.Integer({ description: 'Synthetic rows of one explanation.', minimum: 10, examples: [5000] }),
    repeats: Type.Integer({
      description: 'Independent neighbourhoods that stability was measured over.',
      minimum: 2,
      examples: [5],
    }),
    terms: Type.Array(
      Type.Object(
        {
          feature: featureName(),
          condition: Type.String({ description: 'The bin the row lies in.', examples: ['price above 20 and up to 45'] }),
          weight: Type.Number({
            description: 'How far log-odds differ, near the row, where the condition holds.',
            examples: [0.4],
          }),
        },
        { additionalProperties: false },
      ),
      { description: 'The strongest terms first; empty where withheld.', maxItems: 20 },
    ),
  },
  { $id: 'LimeAnswer', additionalProperties: false, description: 'What LIME says, or why it is not shown.' },
);

/** What it would take for another answer. */
export const Counterfactual = Type.Object(
  {
    changes: Type.Array(
      Type.Object(
        {
          feature: featureName(),
          from: Type.Number({ description: 'As it is.', examples: [120] }),
          to: Type.Number({ description: 'As it would have to be.', examples: [96] }),
          steps: Type.Integer({ description: 'Steps of the feature’s rule, negative = down.', examples: [-4] }),
        },
        { additionalProperties: false },
      ),
      { description: 'All changes together.', maxItems: 16 },
    ),
    cost: Type.Number({ description: 'Σ steps × cost of a step.', minimum: 0 }),
    purchase_probability: chance('The model’s answer to the changed row; not a promise of what a shopper would do.'),
    plausibility: SeenInData,
  },
  { $id: 'Counterfactual', additionalProperties: false, description: 'What it would take for another answer of the model.' },
);

/** The answer taken apart. */
export const ExplainAnswer = Type.Object(
  {
    purchase_probability: chance('Calibrated chance that the shopper buys the target within the horizon.'),
    log_odds: Type.Number({ description: 'Its log-odds: `base_value` + Σ contributions.', examples: [-2.69] }),
    base_value: Type.Number({ description: 'Log-odds before any feature spoke.', examples: [-3.1] }),
    method: method('How contributions were found.'),
    background: Type.String({
      description: 'The population that contributions compare with.',
      examples: ['the model’s training rows, 2026-10-01 to 2026-11-20'],
    }),
    contributions: Type.Array(
      Type.Object(
        {
          feature: featureName(),
          description: Type.String({ description: 'What the dictionary says of it.', examples: ['Price of the item.'] }),
          unit: Type.Union([Type.String(), Type.Null()], {
            description: 'Its unit; null = not in the dictionary.',
            examples: ['count'],
          }),
          value: known('Its value.'),
          contribution: Type.Number({ description: 'How far it moved the answer, in log-odds.', examples: [0.81] }),
        },
        { additionalProperties: false },
      ),
      { description: 'Every feature, the strongest first.', maxItems: 4096 },
    ),
    groups: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'The group in words.', examples: ['this visit'] }),
          contribution: Type.Number({ description: 'Σ contributions of its features.', examples: [0.93] }),
          features: Type.Array(featureName(), { description: 'Its features.', maxItems: 4096 }),
        },
        { additionalProperties: false },
      ),
      { description: 'The same, summed over features that move together; the strongest first.', maxItems: 4096 },
    ),
    grouped_by: Type.Union([Type.Literal('correlation'), Type.Literal('family')], {
      description:
        '`correlation` = rank correlations in training rows and rows this server has scored; `family` = the dictionary’s families, while rows are few.',
      examples: ['family'],
    }),
    interactions: Type.Optional(
      Type.Array(
        Type.Object(
          {
            features: Type.Array(featureName(), { description: 'The two features.', minItems: 2, maxItems: 2 }),
            interaction: Type.Number({
              description:
                'What they do together beyond what each does alone, in log-odds; half of it is in the contribution of each.',
              examples: [-0.12],
            }),
          },
          { additionalProperties: false },
        ),
        { description: 'The strongest pairs, the strongest first. Present where asked for.', maxItems: maxPairs },
      ),
    ),
    lime: Type.Union([LimeAnswer, Type.Null()], { description: 'The second opinion; null where not asked for.' }),
    agreement: Type.Union(
      [
        Type.Object(
          {
            sign: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
              description: 'Share of the top five contributions to which LIME gives the same sign; null without any.',
              examples: [1],
            }),
            overlap: Type.Number({
              description: 'Share of the two top fives in common.',
              minimum: 0,
              maximum: 1,
              examples: [0.8],
            }),
            rank: Type.Number({
              description: 'Mean overlap of the two lists down to each depth of five.',
              minimum: 0,
              maximum: 1,
            }),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      { description: 'How far SHAP and LIME agree; null where LIME is not given.' },
    ),
    sentences: Type.Object(
      {
        audience: Type.String({ description: 'Who reads.', examples: ['merchandiser'] }),
        headline: Type.String({ description: 'The answer in a sentence.' }),
        reasons: Type.Array(Type.String(), { description: 'The strongest reasons, one a sentence.', maxItems: 8 }),
        caution: Type.String({ description: 'What must not be read into it.' }),
      },
      { additionalProperties: false, description: 'The explanation in words.' },
    ),
    counterfactuals: Type.Optional(
      Type.Array(Counterfactual, {
        description: 'The cheapest first; empty where none was found. Present where asked for.',
        maxItems: maxCounterfactuals,
      }),
    ),
    as_of: instant('The moment the answer is about.'),
    target: target('What is predicted.'),
    horizon: Type.String({ description: 'How far ahead: an ISO 8601 duration.', examples: ['PT24H'] }),
    model: ModelRef,
    rung: rung(),
    input_issues: Type.Array(InputIssue, { description: 'What the caller should know of the input.', maxItems: 32 }),
  },
  { $id: 'ExplainAnswer', additionalProperties: false, description: 'The answer taken apart.' },
);

export type ExplainRequest = Static<typeof ExplainRequest>;
export type ExplainAnswer = Static<typeof ExplainAnswer>;
export type LimeAnswer = Static<typeof LimeAnswer>;
export type SeenInData = Static<typeof SeenInData>;
export type Counterfactual = Static<typeof Counterfactual>;
