import Type, { type Static } from 'typebox';
import { identifier, instant, target } from './field.ts';

const rowKind = () =>
  Type.Union([Type.Literal('features'), Type.Literal('requests')], {
    description:
      '`features`: rows of the model’s features by name, scored and nothing else. `requests`: rows that are questions of `POST /v1/predict`, answered without reasons and without a prediction id.',
    examples: ['features'],
  });
const format = () =>
  Type.Union([Type.Literal('parquet'), Type.Literal('csv'), Type.Literal('jsonl')], {
    description: 'Form of the output.',
    examples: ['parquet'],
  });
const options = {
  target: Type.Optional(target('Whose champion scores; default `item`.')),
  rows: Type.Optional(rowKind()),
  output: Type.Optional(format()),
  id_column: Type.Optional(identifier('Field with your name of a row, which comes back as `id`; default `id`.', 'id')),
};

/** How the rows of a body are to be scored: in the query, because the body is the rows. */
export const BatchJobQuery = Type.Object(options, {
  $id: 'BatchJobQuery',
  additionalProperties: false,
  description: 'How the rows of a body are to be scored.',
});

/** A job over a file that lies in the data directory’s inbox. */
export const BatchJobRequest = Type.Object(
  {
    inbox: Type.String({
      description: 'The file: its name in the inbox up to the first dot. CSV, TSV, JSON lines or Parquet.',
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      examples: ['night-20261120'],
    }),
    ...options,
  },
  { $id: 'BatchJobRequest', additionalProperties: false, description: 'A job over a file that lies in the inbox.' },
);

const maybe = (schema: ReturnType<typeof instant>) => Type.Union([schema, Type.Null()], { description: 'Null = not yet.' });

/** A batch job, as it stands. */
export const BatchJob = Type.Object(
  {
    id: Type.String({ description: 'The job.', examples: ['5d0c6f0e-7a51-4a0d-9a67-0d6c2b0f4f11'] }),
    state: Type.Union(
      [
        Type.Literal('queued'),
        Type.Literal('running'),
        Type.Literal('cancelling'),
        Type.Literal('done'),
        Type.Literal('failed'),
        Type.Literal('cancelled'),
      ],
      { description: 'What it is about. A job that was cut off goes on where it was.', examples: ['running'] },
    ),
    target: target('Whose model scores.'),
    rows: rowKind(),
    output: format(),
    id_column: Type.String({ description: 'Field with your name of a row.', examples: ['id'] }),
    model_version: Type.Union([Type.String(), Type.Null()], {
      description: 'The version that scores all of it; null for requests, which the champion of the moment answers.',
      examples: ['20261120T120000Z-1a2b3c4d'],
    }),
    created_at: instant('When it was asked for.'),
    started_at: maybe(instant('When it began.')),
    finished_at: maybe(instant('When it ended.')),
    progress: Type.Object(
      {
        rows: Type.Integer({ description: 'Rows that are certain.', minimum: 0 }),
        scored: Type.Integer({ description: 'Of these, rows with a score; the others have a problem.', minimum: 0 }),
        share: Type.Number({ description: 'Of the input, about.', minimum: 0, maximum: 1 }),
      },
      { additionalProperties: false, description: 'How far it is.' },
    ),
    problem: Type.Union(
      [
        Type.Object(
          {
            code: Type.String({ description: 'Stable code.', examples: ['INPUT_INVALID'] }),
            detail: Type.String({ description: 'What happened, and the remedy.', examples: ['missing column price'] }),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      { description: 'Why it failed; null = it did not.' },
    ),
  },
  { $id: 'BatchJob', additionalProperties: false, description: 'A batch job, as it stands.' },
);

/** The jobs, newest first. */
export const BatchJobsAnswer = Type.Object(
  { jobs: Type.Array(BatchJob, { description: 'Newest first.', maxItems: 1_000 }) },
  { $id: 'BatchJobsAnswer', additionalProperties: false, description: 'The jobs, newest first.' },
);

export type BatchJobQuery = Static<typeof BatchJobQuery>;
export type BatchJobRequest = Static<typeof BatchJobRequest>;
export type BatchJob = Static<typeof BatchJob>;
export type BatchJobsAnswer = Static<typeof BatchJobsAnswer>;
