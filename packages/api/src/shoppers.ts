import Type, { type Static } from 'typebox';
import { chance, instant, rung, target } from './field.ts';
import { Insight } from './insight.ts';
import { ModelRef } from './predict.ts';

/** What to list, and how. */
export const ShoppersQuery = Type.Object(
  {
    sort: Type.Optional(
      Type.Union([Type.Literal('probability'), Type.Literal('recent')], {
        description: 'Likeliest buyers first, or latest seen first; default `probability`.',
        examples: ['probability'],
      }),
    ),
    limit: Type.Optional(Type.Integer({ description: 'Shoppers to list; default 20.', minimum: 1, maximum: 200 })),
    active_within_minutes: Type.Optional(
      Type.Integer({
        description: 'Only shoppers whose last event is at most this old; default 30: a visit silent for longer is over.',
        minimum: 1,
        maximum: 525_600,
      }),
    ),
  },
  { $id: 'ShoppersQuery', additionalProperties: false, description: 'What to list, and how.' },
);

/** One reason, strongest first. */
export const Reason = Type.Object(
  {
    feature: Type.String({ description: 'Name of the feature.', examples: ['session_cart_adds'] }),
    value: Type.Union([Type.Number(), Type.Null()], { description: 'Its value; null = not known.', examples: [2] }),
    contribution: Type.Number({ description: 'How far it moved the answer, in log-odds.', examples: [0.81] }),
  },
  { $id: 'Reason', additionalProperties: false, description: 'One reason, strongest first.' },
);

/** One shopper and how likely a purchase is, as of the last event. */
export const ShopperScore = Type.Object(
  {
    shopper: Type.String({ description: '`u:` and the user, or `a:` and the device.', examples: ['u:u-1042'] }),
    user_id: Type.Union([Type.String(), Type.Null()], { description: 'Null for an anonymous shopper.', examples: ['u-1042'] }),
    anonymous_id: Type.Union([Type.String(), Type.Null()], { description: 'Null for a known shopper.', examples: ['d-77f2'] }),
    session_id: Type.String({ description: 'Session of the last event.', examples: ['s-20261120-1042'] }),
    session_events: Type.Integer({ description: 'Events of that session so far.', minimum: 0 }),
    last_item: Type.Union([Type.String(), Type.Null()], { description: 'The item last seen.', examples: ['p-310'] }),
    last_event_time: instant('When the last event happened; the score is as of then.'),
    purchase_probability: chance('Calibrated chance that the shopper buys within the horizon.'),
    percentile: Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()], {
      description: 'Share of the champion’s reference scores at or below, in per cent; null without a model.',
      examples: [96.4],
    }),
    band: Type.Union([Type.String(), Type.Null()], {
      description: 'Band of the model’s own score distribution.',
      examples: ['top 5 %'],
    }),
    rung: rung(),
    recommendation: Type.String({
      description: 'What to do, in a sentence.',
      examples: ['Hold the offer: the shopper is likely to buy without it.'],
    }),
    reasons: Type.Array(Reason, { description: 'The strongest reasons; empty where contributions are not ready.', maxItems: 16 }),
    insights: Type.Array(Insight, { description: 'The rules that fired.', maxItems: 64 }),
  },
  { $id: 'ShopperScore', additionalProperties: false, description: 'One shopper and how likely a purchase is.' },
);

/** Who is about to buy. */
export const ShoppersAnswer = Type.Object(
  {
    as_of: instant('When the list was made.'),
    target: target('What the probabilities are about.'),
    horizon: Type.String({ description: 'How far ahead: an ISO 8601 duration.', examples: ['PT24H'] }),
    model: ModelRef,
    base_rate: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
      description: 'Share that buys in the champion’s reference; null without a model.',
      examples: [0.021],
    }),
    known: Type.Integer({ description: 'Shoppers on the board: the most recent ones.', minimum: 0 }),
    matching: Type.Integer({ description: 'Shoppers of them that the query asks for.', minimum: 0 }),
    shoppers: Type.Array(ShopperScore, { description: 'The first `limit` of them.', maxItems: 200 }),
  },
  { $id: 'ShoppersAnswer', additionalProperties: false, description: 'Who is about to buy.' },
);

export type ShoppersQuery = Static<typeof ShoppersQuery>;
export type Reason = Static<typeof Reason>;
export type ShopperScore = Static<typeof ShopperScore>;
export type ShoppersAnswer = Static<typeof ShoppersAnswer>;
