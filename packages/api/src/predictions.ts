import Type, { type Static } from 'typebox';
import { chance, identifier, instant, rung, target } from './field.ts';
import { ModelRef } from './predict.ts';

/** The most lines one look may ask for. */
export const maxPredictions = 1_000;

/** What became of a prediction. */
export const PredictionLabel = Type.Object(
  {
    version: Type.Integer({ description: 'Counts 1, 2, 3 …: a late outcome makes a next one.', minimum: 1, examples: [1] }),
    bought: Type.Boolean({ description: 'Whether the shopper bought the target within the horizon.', examples: [true] }),
    kept: Type.Boolean({ description: 'The same without what was returned, as far as is known.', examples: [true] }),
    final: Type.Boolean({ description: 'Whether the refund window has closed, too.', examples: [false] }),
    decided_at: instant('When this was decided.'),
    because: Type.Union([Type.Literal('closed'), Type.Literal('matured'), Type.Literal('reopened')], {
      description:
        '`closed` = the window closed, the first label; `matured` = the refund window closed, too; `reopened` = an outcome became known that changes it.',
      examples: ['closed'],
    }),
  },
  { $id: 'PredictionLabel', additionalProperties: false, description: 'What became of a prediction.' },
);

/** What a policy did with the shopper, with its chances. */
export const LoggedDecision = Type.Object(
  {
    policy: Type.String({ description: 'The policy that was asked.', examples: ['coupons'] }),
    version: Type.Integer({ description: 'Its version.', minimum: 1, examples: [3] }),
    treatment: Type.Union([Type.String(), Type.Null()], { description: 'What was given; null = nothing.', examples: ['coupon'] }),
    explored: Type.Boolean({ description: 'Whether it was by lot.', examples: [false] }),
    propensity: Type.Number({ description: 'The chance with which exactly this was done.', examples: [0.99] }),
    propensities: Type.Array(Type.Number(), {
      description: 'The chance of each treatment, in the policy’s order.',
      maxItems: 64,
      examples: [[0.99]],
    }),
    holdouts: Type.Optional(
      Type.Record(Type.String(), Type.Boolean(), {
        description:
          'The holdouts that were in force, and whether each kept the shopper out; where one did, nothing was given and nothing could be.',
        examples: [{ global: false }],
      }),
    ),
  },
  { $id: 'LoggedDecision', additionalProperties: false, description: 'What a policy did with the shopper, with its chances.' },
);

const line = {
  prediction_id: identifier('Of the answer.', '7b0c2f7e-6a2e-4c1f-9b1e-2f9f1a9f7f10'),
  user_id: Type.Union([Type.String(), Type.Null()], { description: 'As asked.', examples: ['u-1042'] }),
  anonymous_id: Type.Union([Type.String(), Type.Null()], { description: 'As asked.', examples: ['d-77f2'] }),
  session_id: Type.Union([Type.String(), Type.Null()], { description: 'The session it was about.', examples: ['s-1042'] }),
  product_id: Type.Union([Type.String(), Type.Null()], { description: 'The item it was about.', examples: ['p-310'] }),
  target: target('What was predicted.'),
  horizon: Type.String({ description: 'How far ahead: an ISO 8601 duration.', examples: ['PT24H'] }),
  asked_at: instant('When it was asked.'),
  as_of: instant('The moment it is about.'),
  model: ModelRef,
  ab_test_variant: Type.Union([Type.String(), Type.Null()], {
    description: 'Variant of the experiment.',
    examples: ['treatment'],
  }),
  purchase_probability: chance('As answered.'),
  log_odds: Type.Number({ description: 'As answered.', examples: [-2.69] }),
  percentile: Type.Union([Type.Number(), Type.Null()], { description: 'As answered.', examples: [96.4] }),
  rung: rung(),
  degraded: Type.Array(Type.String(), { description: 'What the answer went without.', maxItems: 8, examples: [['explanation']] }),
  latency_ms: Type.Number({ description: 'From question to answer.', minimum: 0, examples: [0.84] }),
  explanation_cached: Type.Boolean({ description: 'Whether its contributions came from the cache.', examples: [false] }),
  label: Type.Union([PredictionLabel, Type.Null()], { description: 'null while its window has not closed.' }),
};

/** A prediction that was served, in short. */
export const PredictionLine = Type.Object(line, {
  $id: 'PredictionLine',
  additionalProperties: false,
  description: 'A prediction that was served, in short.',
});

/** The same with its row and reasons: everything that it can be scored again from. */
export const PredictionDetail = Type.Object(
  {
    ...line,
    decision: Type.Union([LoggedDecision, Type.Null()], {
      description: 'What a policy did with the shopper; null: none was asked.',
    }),
    base_value: Type.Union([Type.Number(), Type.Null()], { description: 'Log-odds before any feature spoke.', examples: [-3.1] }),
    feature_contributions: Type.Record(Type.String(), Type.Number(), {
      description: 'Those that are not 0, in log-odds; empty where none were given.',
      examples: [{ session_cart_adds: 0.81 }],
    }),
    features: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
      description: 'The row, float32; null = not known, or not finite.',
      examples: [{ session_cart_adds: 1 }],
    }),
    catalogue_hash: Type.String({ description: 'What the columns of the row mean.', examples: ['5f1c…'] }),
    content_hash: Type.String({ description: 'What the model is; empty without one.', examples: ['9ab0…'] }),
  },
  {
    $id: 'PredictionDetail',
    additionalProperties: false,
    description: 'A prediction that was served, with its row and reasons.',
  },
);

/** Which predictions. */
export const PredictionsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ description: 'Default 50.', minimum: 1, maximum: maxPredictions, examples: [50] })),
  },
  { $id: 'PredictionsQuery', additionalProperties: false, description: 'Which predictions.' },
);

/** The predictions served last. */
export const PredictionsAnswer = Type.Object(
  { predictions: Type.Array(PredictionLine, { description: 'Newest first.', maxItems: maxPredictions }) },
  { $id: 'PredictionsAnswer', additionalProperties: false, description: 'The predictions served last.' },
);

export type PredictionLabel = Static<typeof PredictionLabel>;
export type PredictionLine = Static<typeof PredictionLine>;
export type PredictionDetail = Static<typeof PredictionDetail>;
export type PredictionsQuery = Static<typeof PredictionsQuery>;
export type PredictionsAnswer = Static<typeof PredictionsAnswer>;
