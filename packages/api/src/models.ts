import Type, { type Static } from 'typebox';
import { instant, target } from './field.ts';

/** One version of a model. */
export const ModelVersion = Type.Object(
  {
    name: Type.String({ description: 'Name of the model: its target.', examples: ['item'] }),
    version: Type.String({ description: 'Immutable version.', examples: ['20261120T120000Z-1a2b3c4d'] }),
    target: target('What it predicts.'),
    horizon: Type.String({ description: 'How far ahead: an ISO 8601 duration.', examples: ['PT24H'] }),
    aliases: Type.Array(Type.String(), { description: 'The aliases that name it now.', examples: [['champion']] }),
    serving: Type.Boolean({ description: 'Whether this process answers with it.', examples: [true] }),
    created_at: instant('When it was made.'),
    content_hash: Type.String({ description: 'Hash of members, features, encoders and blend.', examples: ['sha256:9f2c'] }),
    features: Type.Integer({ description: 'Features it reads.', minimum: 1 }),
    members: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'The library that trained it.', examples: ['lightgbm'] }),
          rounds: Type.Integer({ description: 'Trees.', minimum: 0 }),
          weight: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
            description: 'Weight in the blend; known for served versions.',
            examples: [0.3],
          }),
        },
        { additionalProperties: false },
      ),
      { description: 'The members of the ensemble.', maxItems: 16 },
    ),
    data: Type.Object(
      {
        from: instant('First event learnt from.'),
        until: instant('End of the data.'),
        events: Type.Integer({ description: 'Events learnt from.', minimum: 0 }),
        rows: Type.Integer({ description: 'Rows learnt from.', minimum: 0 }),
        positives: Type.Integer({ description: 'Rows that bought.', minimum: 0 }),
      },
      { additionalProperties: false, description: 'What it learnt from.' },
    ),
    metrics: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The evaluated twin’s figures on the test window, with their intervals.',
      examples: [{ log_loss: [0.141, 0.132, 0.15] }],
    }),
  },
  { $id: 'ModelVersion', additionalProperties: false, description: 'One version of a model.' },
);

/** Every version in the registry. */
export const ModelsAnswer = Type.Object(
  { models: Type.Array(ModelVersion, { description: 'Newest first.' }) },
  { $id: 'ModelsAnswer', additionalProperties: false, description: 'Every version in the registry.' },
);

export type ModelVersion = Static<typeof ModelVersion>;
export type ModelsAnswer = Static<typeof ModelsAnswer>;
