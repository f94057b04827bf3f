import Type, { type Static } from 'typebox';
import { maxBatch } from './predict.ts';

/** The most rows one inference may hold. */
export const maxInferRows = maxBatch;

/** The datatypes of the protocol that are taken in; FP16 and BF16 are refused. */
export const tensorTypes = [
  ...['BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64'],
  ...['FP32', 'FP64', 'BYTES'],
] as const;
export type TensorType = (typeof tensorTypes)[number];

const closed = { additionalProperties: false } as const;
const name = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: 256, examples: [example] });
const shape = (description: string) =>
  Type.Array(Type.Integer({ minimum: -1 }), { description, maxItems: 8, examples: [[2, 1]] });
const parameters = () =>
  Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'Parameters of the protocol’s extensions; those that are not known are ignored.',
      examples: [{ binary_data: false }],
    }),
  );

/** An error of the protocol. */
export const V2Error = Type.Object(
  { error: Type.String({ description: 'What happened, and the remedy.', examples: ['there is no model "x"'] }) },
  { $id: 'V2Error', ...closed, description: 'An error of the Open Inference Protocol.' },
);

/** What the server is, and which extensions it knows. */
export const V2Server = Type.Object(
  {
    name: Type.String({ description: 'The server.', examples: ['tillcast'] }),
    version: Type.String({ description: 'Its version.', examples: ['0.1.0'] }),
    extensions: Type.Array(Type.String(), { description: 'Extensions of the protocol.', examples: [['binary_tensor_data']] }),
  },
  { $id: 'V2Server', ...closed, description: 'What the server is, and which extensions it knows.' },
);

/** Whether the server lives. */
export const V2Live = Type.Object(
  { live: Type.Boolean({ description: 'Always true.', examples: [true] }) },
  { $id: 'V2Live', ...closed, description: 'Whether the server lives.' },
);

/** Whether the server, or a model, answers. */
export const V2Ready = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'The model, where one was asked for.', examples: ['item'] })),
    ready: Type.Boolean({ description: 'Whether it answers; the status says the same.', examples: [true] }),
  },
  { $id: 'V2Ready', ...closed, description: 'Whether the server, or a model, answers.' },
);

const metadataTensor = Type.Object(
  {
    name: name('The tensor.', 'price'),
    datatype: Type.String({ description: 'Its datatype.', examples: ['FP32'] }),
    shape: shape('Its shape; -1 = as many as there are rows.'),
  },
  closed,
);

/** A model: its columns and what it gives. */
export const V2Model = Type.Object(
  {
    name: name('The model: its target.', 'item'),
    versions: Type.Array(Type.String(), {
      description: 'The version that answers.',
      examples: [['20261120T120000Z-1a2b3c4d']],
    }),
    platform: Type.String({ description: 'What runs it.', examples: ['tillcast_ensemble'] }),
    inputs: Type.Array(metadataTensor, {
      description: 'Its features, each a column; or all of them as one tensor [n, width], in this order.',
      maxItems: 4_096,
    }),
    outputs: Type.Array(metadataTensor, {
      description: 'What it gives; `contributions` and `base_value` only where asked for.',
      maxItems: 8,
    }),
  },
  { $id: 'V2Model', ...closed, description: 'A model: its columns and what it gives.' },
);

/** A question in tensors: rows of features, or columns of `POST /v1/predict`’s fields. */
export const V2InferRequest = Type.Object(
  {
    id: Type.Optional(Type.String({ description: 'Yours; it comes back.', maxLength: 256, examples: ['42'] })),
    parameters: parameters(),
    inputs: Type.Array(
      Type.Object({
        name: name('A feature, a field of `POST /v1/predict`, or any name for one tensor of all features.', 'price'),
        shape: Type.Array(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), {
          description: '[n] or [n, 1] for a column, [n, width] for all features at once.',
          minItems: 1,
          maxItems: 2,
          examples: [[2, 1]],
        }),
        datatype: Type.String({ description: `One of ${tensorTypes.join(', ')}.`, maxLength: 16, examples: ['FP64'] }),
        parameters: parameters(),
        data: Type.Optional(
          Type.Array(Type.Unknown(), {
            description: 'The values, row by row, nested or not; null = missing. Absent where they follow as binary data.',
            examples: [[489.9, 12.5]],
          }),
        ),
      }),
      { description: 'The tensors.', minItems: 1, maxItems: 4_096 },
    ),
    outputs: Type.Optional(
      Type.Array(Type.Object({ name: name('The output.', 'probability'), parameters: parameters() }), {
        description: 'Which outputs to give; default `probability` and `log_odds`.',
        maxItems: 8,
      }),
    ),
  },
  { $id: 'V2InferRequest', description: 'A question in tensors: rows of features, or columns of the fields of a prediction.' },
);

/** The answer in tensors. */
export const V2InferResponse = Type.Object(
  {
    model_name: name('The model.', 'item'),
    model_version: Type.String({ description: 'The version that answered.', examples: ['20261120T120000Z-1a2b3c4d'] }),
    id: Type.Optional(Type.String({ description: 'As asked.', examples: ['42'] })),
    outputs: Type.Array(
      Type.Object(
        {
          name: name('The output.', 'probability'),
          shape: shape('Its shape.'),
          datatype: Type.String({ description: 'FP64, or BYTES for `prediction_id`.', examples: ['FP64'] }),
          parameters: parameters(),
          data: Type.Optional(
            Type.Array(Type.Union([Type.Number(), Type.String()]), {
              description: 'The values, row by row; absent where they follow as binary data.',
              examples: [[0.0634, 0.0121]],
            }),
          ),
        },
        closed,
      ),
      { description: 'What was asked for.', maxItems: 8 },
    ),
  },
  { $id: 'V2InferResponse', ...closed, description: 'The answer in tensors.' },
);

export type V2Server = Static<typeof V2Server>;
export type V2Model = Static<typeof V2Model>;
export type V2Ready = Static<typeof V2Ready>;
export type V2InferRequest = Static<typeof V2InferRequest>;
export type V2InferResponse = Static<typeof V2InferResponse>;
