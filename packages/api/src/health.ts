import Type, { type Static } from 'typebox';

/** The process runs. */
export const Live = Type.Object(
  { status: Type.Literal('live', { description: 'Always `live`.' }) },
  { $id: 'Live', additionalProperties: false, description: 'The process runs.' },
);

/** Whether the process can do its work: 200 when it answers predictions, even where something else fails; 503 otherwise. */
export const Ready = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('degraded'), Type.Literal('not_ready')], {
      description:
        '`ready` when every check passes; `degraded` (200) when predictions are answered but a check fails; `not_ready` (503) when they are not.',
      examples: ['ready'],
    }),
    checks: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'What was checked.', examples: ['model'] }),
          ok: Type.Boolean({ description: 'Whether it passed.', examples: [true] }),
          detail: Type.String({ description: 'What was found, and the remedy.', examples: ['item 20261120T120000Z-1a2b3c4d'] }),
        },
        { additionalProperties: false },
      ),
      { description: 'Each check with what it found.', maxItems: 16 },
    ),
  },
  { $id: 'Ready', additionalProperties: false, description: 'Whether the process can do its work.' },
);

export type Live = Static<typeof Live>;
export type Ready = Static<typeof Ready>;
