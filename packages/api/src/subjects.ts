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
        outcomes: count('Purchases and refunds kept for labels.'),
      },
      { description: 'How much of what.', additionalProperties: false },
    ),
  },
  { $id: 'SubjectErased', additionalProperties: false, description: 'What was erased.' },
);

export type SubjectParams = Static<typeof SubjectParams>;
export type SubjectExport = Static<typeof SubjectExport>;
export type SubjectErased = Static<typeof SubjectErased>;
