import Type, { type Static } from 'typebox';
import { maxEvents } from './events.ts';

/** A call of Segment’s or RudderStack’s, as they deliver it; only what is read of it is named. */
export const SegmentCall = Type.Object(
  {
    type: Type.Optional(
      Type.String({
        description: '`track`; `identify` and `alias` that name a user and a device are logins; other kinds are skipped.',
        maxLength: 32,
        examples: ['track'],
      }),
    ),
    messageId: Type.Optional(Type.String({ description: 'Makes the call count once.', examples: ['ajs-5d1c'] })),
    event: Type.Optional(Type.String({ description: 'Name of the event.', examples: ['Product Added'] })),
    userId: Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'The shopper.', examples: ['u-1042'] })),
    anonymousId: Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'The device.', examples: ['d-77f2'] })),
    previousId: Type.Optional(
      Type.Union([Type.String(), Type.Null()], { description: 'The device, in an `alias`.', examples: ['d-77f2'] }),
    ),
    timestamp: Type.Optional(Type.String({ description: 'When it happened.', examples: ['2026-11-20T18:04:05.000Z'] })),
    properties: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'What it was about.' })),
  },
  { $id: 'SegmentCall', description: 'A call of Segment’s or RudderStack’s.' },
);

/** One call, or a batch of them. */
export const SegmentDelivery = Type.Union(
  [
    SegmentCall,
    Type.Array(SegmentCall, { minItems: 1, maxItems: maxEvents }),
    Type.Object({ batch: Type.Array(SegmentCall, { description: 'The calls.', minItems: 1, maxItems: maxEvents }) }),
  ],
  { $id: 'SegmentDelivery', description: 'One call, or a batch of them.' },
);

/** What became of the calls: calls = accepted + duplicate + dead + skipped. */
export const WebhookAnswer = Type.Object(
  {
    accepted: Type.Integer({ description: 'Calls that are events now, on disk and in the features.', minimum: 0 }),
    duplicate: Type.Integer({ description: 'Calls that came before.', minimum: 0 }),
    dead: Type.Integer({ description: 'Calls kept as dead letters, because they could not be understood.', minimum: 0 }),
    skipped: Type.Integer({
      description:
        'Calls that say nothing of shopping (`page`, `screen`, `group`; `identify` and `alias` that do not name both a user and a device); nothing of them is kept.',
      minimum: 0,
    }),
  },
  { $id: 'WebhookAnswer', additionalProperties: false, description: 'What became of the calls.' },
);

export type WebhookAnswer = Static<typeof WebhookAnswer>;
