import Type, { type Static } from 'typebox';

/** One thing that is wrong with the input. */
export const FieldError = Type.Object(
  {
    pointer: Type.String({
      description: 'JSON Pointer (RFC 6901) to the value at fault; `""` = the whole body.',
      examples: ['/price'],
    }),
    detail: Type.String({ description: 'What is wrong and what would be right.', examples: ['must be > 0'] }),
  },
  { $id: 'FieldError', additionalProperties: false, description: 'One thing that is wrong with the input.' },
);

/** An error, RFC 9457. `type` and `code` are stable; `detail` is for people. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Stable URN of the kind of problem.', examples: ['urn:tillcast:problem:input-invalid'] }),
    title: Type.String({ description: 'The kind of problem, in words.', examples: ['The input is not valid'] }),
    status: Type.Integer({ description: 'HTTP status.', minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What happened this time, and the remedy.', examples: ['/price: must be > 0'] }),
    code: Type.String({ description: 'Stable code; docs/errors.md explains each.', examples: ['INPUT_INVALID'] }),
    instance: Type.Optional(
      Type.String({ description: 'The request: its X-Request-Id as a URN.', examples: ['urn:tillcast:request:5d1c'] }),
    ),
    errors: Type.Optional(Type.Array(FieldError, { description: 'Each fault, where there are fields to name.', maxItems: 64 })),
  },
  { $id: 'Problem', additionalProperties: false, description: 'An error, RFC 9457.' },
);

export type FieldError = Static<typeof FieldError>;
export type Problem = Static<typeof Problem>;
