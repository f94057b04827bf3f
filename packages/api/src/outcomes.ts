import Type, { type Static } from 'typebox';
import { identifier, instant } from './field.ts';
import { PredictionLabel } from './predictions.ts';

/** What a shopper did after a prediction. It becomes an event of that shopper, as if the shop had sent it. */
export const OutcomeRequest = Type.Object(
  {
    prediction_id: identifier('The prediction it follows from.', '7b0c2f7e-6a2e-4c1f-9b1e-2f9f1a9f7f10'),
    outcome: Type.Union([Type.Literal('purchase'), Type.Literal('refund')], {
      description: 'What happened.',
      examples: ['purchase'],
    }),
    outcome_time: instant(
      'When it happened; not before the moment the prediction is about. Needed, so that a retry says the same.',
    ),
    transaction_id: identifier('The order.', 'o-88121'),
    product_id: Type.Optional(identifier('The item; default: the one the prediction was about.', 'p-310')),
    quantity: Type.Optional(Type.Integer({ description: 'Units; default 1.', minimum: 1, maximum: 1_000_000, examples: [1] })),
    value: Type.Optional(
      Type.Number({ description: 'What was paid or given back.', minimum: 0, maximum: 1e12, examples: [489.9] }),
    ),
    currency: Type.Optional(Type.String({ description: 'ISO 4217.', pattern: '^[A-Z]{3}$', examples: ['EUR'] })),
    margin: Type.Optional(
      Type.Number({ description: 'What was earned by it; negative = lost.', minimum: -1e12, maximum: 1e12, examples: [92.5] }),
    ),
  },
  { $id: 'OutcomeRequest', additionalProperties: false, description: 'What a shopper did after a prediction.' },
);

/** What became of it. */
export const OutcomeAnswer = Type.Object(
  {
    prediction_id: identifier('As sent.', '7b0c2f7e-6a2e-4c1f-9b1e-2f9f1a9f7f10'),
    event_id: Type.String({ description: 'The event it became.', examples: ['outcome-5f1c'] }),
    status: Type.Union([Type.Literal('accepted'), Type.Literal('duplicate')], {
      description: '`accepted` = on disk now; `duplicate` = it was there already.',
      examples: ['accepted'],
    }),
    label: Type.Union([PredictionLabel, Type.Null()], {
      description: 'The prediction’s current label; null while its window is open.',
    }),
  },
  { $id: 'OutcomeAnswer', additionalProperties: false, description: 'What became of the outcome.' },
);

export type OutcomeRequest = Static<typeof OutcomeRequest>;
export type OutcomeAnswer = Static<typeof OutcomeAnswer>;
