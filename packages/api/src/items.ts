import Type, { type Static } from 'typebox';
import { identifier, instant, maxIdentifierLength } from './field.ts';
import { Problem } from './problem.ts';

/** The most items one request may hold. */
export const maxItems = 1_000;

const or = <T extends Type.TSchema>(schema: T, description: string, examples: unknown[]) =>
  Type.Optional(Type.Union([schema, Type.Null()], { description: `${description} Null: not known any more.`, examples }));
const amount = Type.Number({ minimum: 0, maximum: 1e12 });

/** What the shop says of an item, from a moment on; what is left out stays as it was. */
export const ItemInput = Type.Object(
  {
    item_id: identifier('The item.', 'p-310'),
    valid_from: Type.Optional(
      instant('From when on it holds; default: now. May lie ahead, as for a price announced for Friday.'),
    ),
    price: or(amount, 'Price of one unit; 0 = not known.', [489.9]),
    cost: or(amount, 'What one unit costs the shop.', [310]),
    margin: or(Type.Number({ minimum: -100, maximum: 1 }), 'Share of the price that is earned.', [0.37]),
    currency: or(Type.String({ pattern: '^[A-Z]{3}$' }), 'ISO 4217, of price and cost; default: the shop’s.', ['EUR']),
    stock: or(Type.Integer({ minimum: 0, maximum: 1e9 }), 'Units in stock.', [12]),
    available: or(Type.Boolean(), 'Whether it can be bought.', [true]),
    availability: or(
      Type.Union(['in_stock', 'out_of_stock', 'preorder', 'backorder', 'discontinued'].map((value) => Type.Literal(value))),
      'The same in the words of product feeds.',
      ['in_stock'],
    ),
    category: or(Type.String({ maxLength: maxIdentifierLength }), 'Dotted path from the broadest.', ['electronics.smartphone']),
    brand: or(Type.String({ maxLength: maxIdentifierLength }), 'Brand.', ['acme']),
    title: or(Type.String({ maxLength: 1_024 }), 'Name for people.', ['Acme One, 128 GB']),
  },
  { $id: 'ItemInput', additionalProperties: false, description: 'What the shop says of an item, from a moment on.' },
);

/** One item, an array of them, or `{items: […]}`. Each is checked on its own: a bad one spoils only itself. */
export const ItemsRequest = Type.Union(
  [
    ItemInput,
    Type.Array(ItemInput, { minItems: 1, maxItems }),
    Type.Object(
      { items: Type.Array(ItemInput, { description: 'The items.', minItems: 1, maxItems }) },
      { additionalProperties: false },
    ),
  ],
  { $id: 'ItemsRequest', description: 'One item, an array of them, or `{items: […]}`.' },
);

/** What became of them: received = accepted + duplicate + rejected. Accepted means on disk. */
export const ItemsAnswer = Type.Object(
  {
    accepted: Type.Integer({ description: 'Facts now on disk and in the next prediction.', minimum: 0 }),
    duplicate: Type.Integer({ description: 'Facts that were said before in the same words.', minimum: 0 }),
    rejected: Type.Integer({ description: 'Items refused; `errors` names the first 1,000.', minimum: 0 }),
    errors: Type.Array(
      Type.Object(
        {
          index: Type.Integer({ description: 'Position of the item, from 0; of a stream, its line less one.', minimum: 0 }),
          line: Type.Optional(Type.Integer({ description: 'Its line in a stream, from 1.', minimum: 1 })),
          problem: Problem,
        },
        { additionalProperties: false },
      ),
      { description: 'Why each rejected item was.', maxItems },
    ),
  },
  { $id: 'ItemsAnswer', additionalProperties: false, description: 'What became of the items.' },
);

export type ItemInput = Static<typeof ItemInput>;
export type ItemsAnswer = Static<typeof ItemsAnswer>;
