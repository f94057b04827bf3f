import Type, { type Static } from 'typebox';
import { chance, instant, target } from './field.ts';
import { ModelRef } from './predict.ts';
import { ShopperScore } from './shoppers.ts';

/** What changed on the board: the data of each server-sent event of `GET /v1/live/scores`. */
export const LiveScores = Type.Object(
  {
    as_of: instant('When the board was looked at.'),
    target: target('What is predicted.'),
    horizon: Type.String({ description: 'How far ahead: an ISO 8601 duration.', examples: ['PT24H'] }),
    model: ModelRef,
    base_rate: Type.Union([chance('Share of buyers in the training data.'), Type.Null()], {
      description: 'Null without a model.',
    }),
    matching: Type.Integer({ description: 'Shoppers who are active.', minimum: 0 }),
    order: Type.Array(Type.String(), {
      description: 'Who is on the board now, likeliest first; who is not named has left it.',
      maxItems: 100,
      examples: [['u:u-1042']],
    }),
    shoppers: Type.Array(ShopperScore, {
      description: 'Those of them whose line is new or changed; in an event `board`, all of them.',
      maxItems: 100,
    }),
  },
  { $id: 'LiveScores', additionalProperties: false, description: 'What changed on the board.' },
);

export type LiveScores = Static<typeof LiveScores>;
