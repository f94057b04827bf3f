import Type, { type Static } from 'typebox';
import { chance, identifier, instant, nameOrUnknown, rung, target } from './field.ts';
import { Insight } from './insight.ts';
import { Problem } from './problem.ts';

/** The most questions one batch may hold. */
export const maxBatch = 1_000;

const category = nameOrUnknown('Category of the item: a dotted path from the broadest.', 'electronics.smartphone');
const brand = nameOrUnknown('Brand of the item.', 'acme');
const priceOf = (more = '') =>
  Type.Number({
    description: `Price of one unit, in the shop’s currency.${more}`,
    exclusiveMinimum: 0,
    maximum: 1e9,
    examples: [489.9],
  });

const who = {
  user_id: Type.Optional(identifier('The shopper, where known. Give this or `anonymous_id`.', 'u-1042')),
  anonymous_id: Type.Optional(identifier('The device, where the shopper is not known.', 'd-77f2')),
  session_id: identifier('The shopper’s session.', 's-20261120-1042'),
  product_id: identifier('The item on the screen.', 'p-310'),
};
const when = {
  hour: Type.Integer({ description: 'Hour of the day in the shop’s time zone.', minimum: 0, maximum: 23, examples: [18] }),
  day_of_week: Type.Integer({ description: 'Day of the week: 0 = Monday.', minimum: 0, maximum: 6, examples: [4] }),
  is_weekend: Type.Union([Type.Literal(0), Type.Literal(1)], {
    description: '1 on Saturday and Sunday; must agree with `day_of_week`.',
    examples: [0],
  }),
  user_segment: Type.Optional(identifier('The shop’s own segment of the shopper; insight rules can ask for it.', 'vip')),
  experiment_id: Type.Optional(identifier('The experiment this prediction is part of.', 'exp-7')),
  expose: Type.Optional(
    Type.Boolean({
      description:
        'Whether this answer exposes the shopper to the experiments it concerns; false: for prefetching and trying out. Default true.',
      examples: [true],
    }),
  ),
  event_time: Type.Optional(instant('The moment of the question; default: now. Must agree with `hour` and `day_of_week`.')),
  target: Type.Optional(target('Buys this item, or anything in the session; default `item`.')),
  explain: Type.Optional(Type.Boolean({ description: 'Whether to give contributions; default true.', examples: [true] })),
};
const ofSomebody = { additionalProperties: false, anyOf: [{ required: ['user_id'] }, { required: ['anonymous_id'] }] };
const fromCatalogue = ' May be left out where the catalogue knows it.';

/** A question: how likely is this shopper, here and now, to buy? As it is sent: what the catalogue knows of the item may be left out. */
export const PredictRequest = Type.Object(
  {
    ...who,
    category_code: Type.Optional(
      nameOrUnknown(`Category of the item: a dotted path from the broadest.${fromCatalogue}`, 'electronics.smartphone'),
    ),
    brand: Type.Optional(nameOrUnknown(`Brand of the item.${fromCatalogue}`, 'acme')),
    price: Type.Optional(priceOf(fromCatalogue)),
    ...when,
  },
  { $id: 'PredictRequest', ...ofSomebody, description: 'A question: how likely is this shopper, here and now, to buy?' },
);

/** The same where nothing is missing: once the catalogue has filled it, or sent so. */
export const CompleteRequest = Type.Object(
  { ...who, category_code: category, brand, price: priceOf(), ...when },
  { $id: 'CompleteRequest', ...ofSomebody, description: 'A question in which nothing of the item is left out.' },
);

/** Something about the input that the caller should know; nothing was refused. */
export const InputIssue = Type.Object(
  {
    field: Type.String({ description: 'JSON Pointer into the request.', examples: ['/brand'] }),
    code: Type.Union(
      [
        Type.Literal('unknown_value'),
        Type.Literal('never_seen'),
        Type.Literal('far_from_known'),
        Type.Literal('disagrees_with_known'),
        Type.Literal('ignored'),
        Type.Literal('moved'),
        Type.Literal('filled_from_catalogue'),
      ],
      { description: 'Kind of issue.', examples: ['never_seen'] },
    ),
    detail: Type.String({
      description: 'What was found, and what it means for the answer.',
      examples: ['the brand "acme" was never seen in this shop'],
    }),
  },
  { $id: 'InputIssue', additionalProperties: false, description: 'Something about the input that the caller should know.' },
);

/** Which model answered. */
export const ModelRef = Type.Object(
  {
    name: Type.String({ description: 'Name of the model: its target; `prior` where none was asked.', examples: ['item'] }),
    version: Type.String({ description: 'Immutable version.', examples: ['20261120T120000Z-1a2b3c4d'] }),
    alias: Type.Union([Type.Literal('champion'), Type.Literal('challenger'), Type.Literal('shadow'), Type.Null()], {
      description: 'The alias it was found by.',
      examples: ['champion'],
    }),
  },
  { $id: 'ModelRef', additionalProperties: false, description: 'Which model answered.' },
);

/** Which variant a shopper is in. */
export const ExperimentTold = Type.Object(
  {
    experiment_id: identifier('The experiment.', 'model_comparison_2024'),
    variant: identifier('The variant the shopper is in.', 'catboost'),
    treatment: Type.Optional(
      Type.Object(
        {
          kind: Type.Union([Type.Literal('insights'), Type.Literal('offer'), Type.Literal('message')], {
            description: 'What kind of treatment it is.',
            examples: ['offer'],
          }),
          id: identifier('Which one.', 'free-shipping'),
        },
        { additionalProperties: false, description: 'What to do for the shopper; absent: nothing beside the answer itself.' },
      ),
    ),
  },
  { $id: 'ExperimentTold', additionalProperties: false, description: 'Which variant of an experiment a shopper is in.' },
);

/** The answer, with its reasons. */
export const PredictAnswer = Type.Object(
  {
    prediction_id: Type.String({
      description: 'Ties this score to what follows from it.',
      format: 'uuid',
      examples: ['7b0c2f7e-6a2e-4c1f-9b1e-2f9f1a9f7f10'],
    }),
    user_id: Type.Union([Type.String(), Type.Null()], {
      description: 'As asked; null for an anonymous shopper.',
      examples: ['u-1042'],
    }),
    anonymous_id: Type.Optional(Type.String({ description: 'As asked.', examples: ['d-77f2'] })),
    purchase_probability: chance('Calibrated chance that the shopper buys the target within the horizon.'),
    recommendation: Type.String({
      description: 'What to do, in a sentence.',
      examples: ['Hold the offer: the shopper is likely to buy without it.'],
    }),
    model_used: Type.String({
      description: 'The model and its members, in words.',
      examples: ['item 20261120T120000Z-1a2b3c4d (random_forest 0.7, lightgbm 0.3)'],
    }),
    confidence_score: Type.Number({
      description:
        '1 − width of the members’ 90 % probability range: their agreement, not a chance of being right. 0 where no member was asked.',
      minimum: 0,
      maximum: 1,
      examples: [0.94],
    }),
    agreement: Type.Number({ description: 'The same number under its own name.', minimum: 0, maximum: 1, examples: [0.94] }),
    business_insights: Type.Array(Type.String(), {
      description: 'The texts of `insights`.',
      examples: [['Weekend: shoppers browse longer.']],
    }),
    insights: Type.Array(Insight, { description: 'The rules that fired, each with its evidence and action.', maxItems: 64 }),
    feature_contributions: Type.Record(Type.String(), Type.Number(), {
      description:
        'How far each feature moved the answer, in log-odds; they add up: `base_value` + Σ = `log_odds`. Empty where not asked for, or `degraded`.',
      examples: [{ session_cart_adds: 0.81 }],
    }),
    ab_test_variant: Type.Optional(
      Type.String({ description: 'Variant of the experiment that the shopper is in.', examples: ['treatment'] }),
    ),
    experiments: Type.Optional(
      Type.Array(ExperimentTold, {
        description: 'Every experiment that concerns this answer, the one of `ab_test_variant` among them.',
        maxItems: 64,
      }),
    ),
    prediction_timestamp: instant('When the answer was given.'),
    as_of: instant('The moment the answer is about.'),
    target: target('What is predicted.'),
    horizon: Type.String({ description: 'How far ahead: an ISO 8601 duration.', examples: ['PT24H'] }),
    model: ModelRef,
    base_value: Type.Union([Type.Number(), Type.Null()], {
      description: 'Log-odds before any feature spoke; null where contributions are not given.',
      examples: [-3.1],
    }),
    log_odds: Type.Number({ description: 'Log-odds of `purchase_probability`.', examples: [-2.69] }),
    percentile: Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()], {
      description:
        'Share of the champion’s reference scores (same target and rung) at or below this one, in per cent; null without a model.',
      examples: [96.4],
    }),
    band: Type.Union([Type.String(), Type.Null()], {
      description: 'Band of the model’s own score distribution; null without a model.',
      examples: ['top 5 %'],
    }),
    rung: rung(),
    input_issues: Type.Array(InputIssue, {
      description: 'What the caller should know of the input; nothing is imputed silently.',
      maxItems: 32,
    }),
    degraded: Type.Optional(
      Type.Array(
        Type.Union([Type.Literal('explanation'), Type.Literal('ensemble'), Type.Literal('model'), Type.Literal('state')]),
        {
          description:
            'What this answer goes without: `explanation` = contributions were not ready in time; `ensemble` = the ensemble could not be asked, one of its members answered alone; `model` = no champion could be asked, the prior answered; `state` = what other processes know by now could not be asked, the features are as of what was known last.',
          examples: [['explanation']],
        },
      ),
    ),
  },
  { $id: 'PredictAnswer', additionalProperties: false, description: 'The answer, with its reasons.' },
);

/** Many questions at once. Each item is checked on its own: a bad one spoils only itself. */
export const PredictBatchRequest = Type.Object(
  {
    requests: Type.Array(PredictRequest, { description: 'The questions.', minItems: 1, maxItems: maxBatch }),
  },
  { $id: 'PredictBatchRequest', additionalProperties: false, description: 'Many questions at once.' },
);

/** An answer or a problem, in the order of the questions. */
export const PredictBatchAnswer = Type.Object(
  {
    predictions: Type.Array(
      Type.Object(
        {
          index: Type.Integer({ description: 'Position of the question.', minimum: 0 }),
          prediction: Type.Optional(PredictAnswer),
          problem: Type.Optional(Problem),
        },
        { additionalProperties: false },
      ),
      { description: 'One entry a question: either `prediction` or `problem`.', maxItems: maxBatch },
    ),
    answered: Type.Integer({ description: 'Questions answered.', minimum: 0 }),
    failed: Type.Integer({ description: 'Questions refused, each with its problem.', minimum: 0 }),
  },
  { $id: 'PredictBatchAnswer', additionalProperties: false, description: 'An answer or a problem a question.' },
);

/** As it is sent. */
export type PredictInput = Static<typeof PredictRequest>;
/** As it is answered: complete. */
export type PredictRequest = Static<typeof CompleteRequest>;
export type InputIssue = Static<typeof InputIssue>;
export type ModelRef = Static<typeof ModelRef>;
export type PredictAnswer = Static<typeof PredictAnswer>;
export type PredictBatchRequest = Static<typeof PredictBatchRequest>;
export type PredictBatchAnswer = Static<typeof PredictBatchAnswer>;
