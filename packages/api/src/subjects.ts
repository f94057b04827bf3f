import Type, { type Static } from 'typebox';
import { identifier, instant } from './field.ts';
import { PredictionLine } from './predictions.ts';

/** Whom it is about. */
export const SubjectParams = Type.Object(
  {
    id: identifier(
      '`u:` and the user’s id, or `a:` and the device’s, as `/v1/shoppers` lists them; without either, a user’s id.',
      'u:u-1042',
    ),
  },
  { $id: 'SubjectParams', additionalProperties: false, description: 'Whom it is about.' },
);

const shopper = Type.String({ description: '`u:` and the user, or `a:` and the device.', examples: ['u:u-1042'] });
const devices = Type.Array(Type.String(), {
  description: 'Devices that are this user’s alone, and belong to them.',
  examples: [['d-77f2']],
});
const count = (description: string) => Type.Integer({ description, minimum: 0 });

/** Everything known of one person. */
export const SubjectExport = Type.Object(
  {
    shopper,
    devices,
    events: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      description: 'Their events as they were sent, with when they arrived; `tillcast import` takes them back.',
      maxItems: 50_000,
    }),
    predictions: Type.Array(PredictionLine, { description: 'What was answered about them.', maxItems: 50_000 }),
    outcomes: Type.Array(
      Type.Object(
        {
          event_id: Type.String({ description: 'Of the event it was.', examples: ['e-1042'] }),
          outcome: Type.Union([Type.Literal('purchase'), Type.Literal('refund')], { description: 'What it was.' }),
          time: instant('When it happened.'),
          session_id: Type.Union([Type.String(), Type.Null()], { description: 'Its session; null = none.', examples: ['s-1'] }),
          items: Type.Array(
            Type.Object(
              {
                item_id: Type.String({ description: 'The item.', examples: ['p-310'] }),
                quantity: Type.Integer({ description: 'Units.', minimum: 1 }),
              },
              { additionalProperties: false },
            ),
            { description: 'What was bought or returned.' },
          ),
        },
        { additionalProperties: false },
      ),
      { description: 'Purchases and refunds kept for the labels of predictions.' },
    ),
    links: Type.Array(
      Type.Object(
        {
          shopper,
          linked: Type.String({ description: 'The user of that device, or the device of that user.', examples: ['a:d-77f2'] }),
          known_at: instant('When the login that says so became known.'),
        },
        { additionalProperties: false },
      ),
      { description: 'Logins by which the history of a device became its user’s, as labels know them.' },
    ),
    dead_letters: Type.Array(
      Type.Object(
        {
          letter_id: Type.String({ description: 'Names it.', examples: ['3f1c'] }),
          reason: Type.String({ description: 'Code of what is wrong with it.', examples: ['INPUT_INVALID'] }),
          body: Type.String({ description: 'As it was received.', examples: ['{"user_id":"u-1042"}'] }),
          received_at: instant('When it arrived.'),
        },
        { additionalProperties: false },
      ),
      { description: 'What was sent of them and could not be understood.' },
    ),
    exposures: Type.Array(
      Type.Object(
        {
          experiment_id: Type.String({ examples: ['model_comparison_2024'] }),
          unit: Type.String({ description: 'Who was assigned: `a:` a device, `u:` a user.', examples: ['a:d-77f2'] }),
          variant: Type.Union([Type.String(), Type.Null()], { description: 'null: held out.', examples: ['catboost'] }),
          exposed_at: instant('When they first met the experiment.'),
        },
        { additionalProperties: false },
      ),
      { description: 'Experiments they took part in.' },
    ),
    batch_jobs: Type.Array(Type.String(), {
      description: 'Batch jobs whose rows name them; `GET /v1/batch-jobs/{id}/output` has the scores.',
      examples: [['3f1c9a']],
    }),
    state: Type.Union(
      [
        Type.Object(
          {
            events: count('Events in their history.'),
            purchases: count('Purchases in it.'),
            last_event_time: instant('When the last one happened.'),
            session_id: Type.String({ description: 'Session of the last event.', examples: ['s-20261120-1042'] }),
            features: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
              description: 'What a model would be told of them, as of the last event; null = not known.',
            }),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      { description: 'What the features remember; null = nothing.' },
    ),
    left_out: count('Events and predictions beyond what one answer holds; `tillcast events export` has all.'),
  },
  { $id: 'SubjectExport', additionalProperties: false, description: 'Everything known of one person.' },
);

/** What was erased. Asked again, the counts are 0. */
export const SubjectErased = Type.Object(
  {
    shopper,
    devices,
    erased: Type.Object(
      {
        events: count('Events.'),
        dead_letters: count('Dead letters that mention them.'),
        predictions: count('Predictions.'),
        labels: count('Labels of those.'),
        outcomes: count('Purchases, refunds and links kept for labels.'),
        batch_jobs: count('Batch jobs whose rows name them: all their rows and scores are gone, or go as soon as the job stops.'),
      },
      { description: 'How much of what.', additionalProperties: false },
    ),
  },
  { $id: 'SubjectErased', additionalProperties: false, description: 'What was erased.' },
);

export type SubjectParams = Static<typeof SubjectParams>;
export type SubjectExport = Static<typeof SubjectExport>;
export type SubjectErased = Static<typeof SubjectErased>;
