import Type, { type Static } from 'typebox';
import { identifier, instant, maxIdentifierLength } from './field.ts';
import { Problem } from './problem.ts';

/** The most events one request may hold. */
export const maxEvents = 1_000;

/** One line of an event: an item as it was seen, put into the cart, bought or returned. */
export const EventItem = Type.Object(
  {
    item_id: identifier('The item.', 'p-310'),
    category: Type.Optional(
      Type.String({
        description: 'Dotted path from the broadest; absent = unknown.',
        maxLength: maxIdentifierLength,
        examples: ['electronics.smartphone'],
      }),
    ),
    brand: Type.Optional(Type.String({ description: 'Absent = unknown.', maxLength: maxIdentifierLength, examples: ['acme'] })),
    price: Type.Optional(
      Type.Number({ description: 'Price of one unit; 0 or absent = unknown.', minimum: 0, examples: [489.9] }),
    ),
    quantity: Type.Optional(Type.Integer({ description: 'Units; default 1.', minimum: 1, examples: [1] })),
  },
  { $id: 'EventItem', description: 'One line of an event.' },
);

/** One thing that happened in the shop, as it is sent. Names and aliases of other vocabularies are resolved on arrival. */
export const EventInput = Type.Object(
  {
    event_id: identifier('Yours, stable across retries: the same id counts once.', '0f6a1d2c-6a5e-4f57-8a6b-3c1f2a9d4b10'),
    event: Type.String({
      description: 'GA4 name (`view_item`, `add_to_cart`, `purchase` …) or an alias of REES46, Segment or Google retail.',
      maxLength: 64,
      examples: ['add_to_cart'],
    }),
    event_time: instant('When it happened.'),
    user_id: Type.Optional(identifier('The shopper, where known. Give this or `anonymous_id`.', 'u-1042')),
    anonymous_id: Type.Optional(identifier('The device, where the shopper is not known.', 'd-77f2')),
    session_id: Type.Optional(identifier('Absent: sessions end after 30 minutes of silence.', 's-20261120-1042')),
    items: Type.Optional(Type.Array(EventItem, { description: 'What it was about.', maxItems: 200 })),
    transaction_id: Type.Optional(identifier('The order, for `purchase` and `refund`.', 'o-9001')),
    value: Type.Optional(Type.Number({ description: 'Worth of the whole event.', examples: [489.9] })),
    currency: Type.Optional(Type.String({ description: 'ISO 4217.', pattern: '^[A-Z]{3}$', examples: ['EUR'] })),
    prediction_id: Type.Optional(identifier('The prediction this event follows from.', '7b0c2f7e-6a2e-4c1f-9b1e-2f9f1a9f7f10')),
    consent: Type.Optional(Type.Boolean({ description: 'Whether the shopper agreed to be learnt from.', examples: [true] })),
    context: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Anything else worth keeping.',
        examples: [{ device: 'mobile' }],
      }),
    ),
  },
  { $id: 'EventInput', description: 'One thing that happened in the shop, as it is sent.' },
);

/** One event, an array of them, or `{events: […]}`. Each is checked on its own: a bad one spoils only itself. */
export const EventsRequest = Type.Union(
  [
    EventInput,
    Type.Array(EventInput, { minItems: 1, maxItems: maxEvents }),
    Type.Object(
      { events: Type.Array(EventInput, { description: 'The events.', minItems: 1, maxItems: maxEvents }) },
      { additionalProperties: false },
    ),
  ],
  { $id: 'EventsRequest', description: 'One event, an array of them, or `{events: […]}`.' },
);

/** What became of them: received = accepted + duplicate + rejected + dead. Accepted means on disk. */
export const EventsAnswer = Type.Object(
  {
    accepted: Type.Integer({ description: 'Events now on disk and in the features.', minimum: 0 }),
    duplicate: Type.Integer({ description: 'Events already there.', minimum: 0 }),
    rejected: Type.Integer({ description: 'Events refused, each with its problem.', minimum: 0 }),
    too_late: Type.Optional(
      Type.Integer({
        description:
          'Of the accepted, events that happened longer ago than the allowed lateness (1 hour): they are on disk and will be learnt from, but change no live feature.',
        minimum: 1,
      }),
    ),
    marked: Type.Optional(
      Type.Integer({
        description:
          'Of the accepted, events of machines or of the shop itself: they are on disk, and in no feature and no label.',
        minimum: 1,
      }),
    ),
    dead: Type.Optional(
      Type.Integer({
        description:
          'Events kept as dead letters, to be replayed once the cause is mended: what the features could not take, and rejected lines of a stream beyond those that `errors` has room for.',
        minimum: 1,
      }),
    ),
    errors: Type.Array(
      Type.Object(
        {
          index: Type.Integer({ description: 'Position of the event, from 0; of a stream, its line less one.', minimum: 0 }),
          line: Type.Optional(Type.Integer({ description: 'Its line in a stream, from 1.', minimum: 1 })),
          problem: Problem,
        },
        { additionalProperties: false },
      ),
      { description: 'Why each rejected event was.', maxItems: maxEvents },
    ),
  },
  { $id: 'EventsAnswer', additionalProperties: false, description: 'What became of the events.' },
);

export type EventItem = Static<typeof EventItem>;
export type EventInput = Static<typeof EventInput>;
export type EventsRequest = Static<typeof EventsRequest>;
export type EventsAnswer = Static<typeof EventsAnswer>;
