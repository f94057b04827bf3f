import Type from 'typebox';

/** The longest identifier accepted anywhere: long enough for a UUID, a URL slug or a SHA-256, short enough to index. */
export const maxIdentifierLength = 256;

/** An identifier given by the shop: text, never empty. */
export const identifier = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: maxIdentifierLength, examples: [example] });

/** A name that may be unknown: `''` says so. */
export const nameOrUnknown = (description: string, example: string) =>
  Type.String({ description: `${description} \`""\` = unknown.`, maxLength: maxIdentifierLength, examples: [example] });

/** An instant on the wire: RFC 3339 with a zone. */
export const instant = (description: string) =>
  Type.String({
    description,
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
    maxLength: 40,
    examples: ['2026-11-20T18:04:05.000Z'],
  });

/** A chance, strictly between 0 and 1 when a model gave it. */
export const chance = (description: string) => Type.Number({ description, minimum: 0, maximum: 1, examples: [0.0634] });

/** What is predicted; one model a target. */
export const target = (description: string) =>
  Type.Union([Type.Literal('item'), Type.Literal('session')], { description, examples: ['item'] });

/** The step of the cold-start ladder that an answer stands on. */
export const rung = () =>
  Type.Union([Type.Literal('behavioural'), Type.Literal('profile'), Type.Literal('prior')], {
    description:
      'What the answer rests on: `behavioural` = this shopper’s own events; `profile` = the request and the shop, the shopper being new; `prior` = purchase rates of the category, no model asked.',
    examples: ['behavioural'],
  });
