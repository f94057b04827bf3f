import Type, { type Static } from 'typebox';
import { chance, instant } from './field.ts';
import { CompleteRequest, PredictRequest } from './predict.ts';

const policyName = Type.Optional(
  Type.String({
    description: 'The policy to ask; default `default`.',
    pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
    maxLength: 64,
    examples: ['coupons'],
  }),
);
const ofSomebody = { additionalProperties: false, anyOf: [{ required: ['user_id'] }, { required: ['anonymous_id'] }] };
const { experiment_id: _one, explain: _two, ...question } = PredictRequest.properties;
const { experiment_id: _three, explain: _four, ...complete } = CompleteRequest.properties;

/** What to do with this shopper, here and now. What the catalogue knows of the item may be left out. */
export const DecideRequest = Type.Object(
  { ...question, policy: policyName },
  { $id: 'DecideRequest', ...ofSomebody, description: 'What should be done with this shopper, here and now?' },
);

/** The same where nothing is missing. */
export const CompleteDecideRequest = Type.Object(
  { ...complete, policy: policyName },
  {
    $id: 'CompleteDecideRequest',
    ...ofSomebody,
    description: 'A question to a policy in which nothing of the item is left out.',
  },
);

/** The decision, with the chances it was drawn with. */
export const DecideAnswer = Type.Object(
  {
    prediction_id: Type.String({
      description: 'Ties the decision to its outcome: send it with the purchase.',
      format: 'uuid',
      examples: ['7b0c2f7e-6a2e-4c1f-9b1e-2f9f1a9f7f10'],
    }),
    action: Type.Union([Type.Literal('treat'), Type.Literal('do_not_treat'), Type.Literal('explore'), Type.Literal('held_out')], {
      description:
        '`treat` and `do_not_treat` = what is expected to earn most; `explore` = by lot, so that the next policy has data to learn from; `held_out` = a holdout of a running experiment keeps the shopper out, and nothing is done. `treatment` says what to do in all four.',
      examples: ['treat'],
    }),
    treatment: Type.Union([Type.String(), Type.Null()], {
      description: 'The treatment to give; null = none.',
      examples: ['coupon'],
    }),
    propensity: Type.Number({
      description: 'The chance with which exactly this was done; logged, and needed to value any other policy.',
      exclusiveMinimum: 0,
      maximum: 1,
      examples: [0.99],
    }),
    propensities: Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }), {
      description: 'The chance of each treatment; what is left is the chance of none.',
      examples: [{ coupon: 0.99 }],
    }),
    expected_profit_effects: Type.Record(Type.String(), Type.Number(), {
      description:
        'What each treatment is expected to add to the shopper’s profit, in the shop’s currency; learnt from randomised exposure and shrunk.',
      examples: [{ coupon: 0.42 }],
    }),
    holdouts: Type.Optional(
      Type.Record(Type.String(), Type.Boolean(), {
        description: 'The holdouts of running experiments, and whether each keeps the shopper out; absent where none runs.',
        examples: [{ global: false }],
      }),
    ),
    budget_price: Type.Optional(
      Type.Number({
        description:
          'What a unit of money out of the policy’s budget must bring: a treatment that is expected to add less than this times its cost is not given. Absent: no budget.',
        minimum: 0,
        examples: [1.8],
      }),
    ),
    policy: Type.Object(
      {
        name: Type.String({ description: 'The policy that was asked.', examples: ['coupons'] }),
        version: Type.Integer({ description: 'Its version.', minimum: 1, examples: [3] }),
      },
      { additionalProperties: false, description: 'Which policy decided.' },
    ),
    purchase_probability: chance('What `predict` would answer: not what decides.'),
    as_of: instant('The moment the decision is about.'),
  },
  { $id: 'DecideAnswer', additionalProperties: false, description: 'The decision, with the chances it was drawn with.' },
);

/** As it is answered: complete. */
export type DecideRequest = Static<typeof CompleteDecideRequest>;
export type DecideAnswer = Static<typeof DecideAnswer>;
