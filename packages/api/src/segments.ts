import Type, { type Static } from 'typebox';
import { instant } from './field.ts';

const count = (description: string) => Type.Integer({ description, minimum: 0 });
const amount = (description: string) => Type.Number({ description });
const orNull = <S extends ReturnType<typeof amount>>(schema: S, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const segmentId = Type.String({ description: 'Its name.', pattern: '^[a-z0-9][a-z0-9-]{0,63}$', examples: ['at-risk'] });

const realised = Type.Union(
  [
    Type.Object(
      {
        taken_at: instant('The stock whose chances these were; the last whose windows have all closed.'),
        asked: count('Shoppers whose chance was known.'),
        expected_buyers: amount('Σ of their chances.'),
        bought: count('Who did buy.'),
        share: Type.Array(Type.Number(), {
          description: 'bought ÷ asked: value, low, high (95 %).',
          minItems: 3,
          maxItems: 3,
        }),
        score: orNull(
          amount('0–100.'),
          '0–100: twice what the area under the ROC curve has above chance; null = too few buyers.',
        ),
        badge: Type.String({ description: 'The score in words.', examples: ['good'] }),
        is_calibrated: Type.Boolean({ description: 'Whether the expected share lies within the interval.' }),
      },
      { additionalProperties: false },
    ),
    Type.Null(),
  ],
  { description: 'How the chances came true, recomputed from what happened; null = nothing is known yet.' },
);

/** One segment, with what it holds. */
export const SegmentSummary = Type.Object(
  {
    id: segmentId,
    title: Type.String({ description: 'For people.', examples: ['At risk'] }),
    membership: Type.String({
      description: 'Whom it holds, in CEL or as a share of a score.',
      examples: ['lifecycle == "at_risk"'],
    }),
    size: count('Shoppers in it.'),
    share: Type.Number({ description: 'Of all shoppers.', minimum: 0, maximum: 1 }),
    asked: count('Members whose chance to buy is known: whose window is open.'),
    expected_buyers: amount('Of these, how many will buy if the chances hold.'),
    expected_non_buyers: amount('The rest of them.'),
    expected_value: orNull(amount('Currency.'), 'What those earn; null: the shop did not say what it earns (`shop.margin`).'),
    clv: orNull(
      amount('Currency.'),
      'Lifetime value of the members; null = not learnt (`tillcast segments train`) or no margin.',
    ),
    realised,
  },
  { $id: 'SegmentSummary', additionalProperties: false, description: 'One segment, with what it holds.' },
);

/** All segments, as of the last stock. */
export const SegmentsAnswer = Type.Object(
  {
    taken_at: Type.Union([instant('When stock was taken.'), Type.Null()], { description: 'Null = not yet.' }),
    version: Type.String({ description: 'Hash of the segments.', examples: ['5f0c1d2e3a4b5c6d'] }),
    shoppers: count('All of them.'),
    segments: Type.Array(SegmentSummary, { description: 'In the order of the file.', maxItems: 200 }),
    intent: Type.Array(
      Type.Object(
        {
          bucket: Type.Integer({ description: '1 = the likeliest twentieth.', minimum: 1, maximum: 20 }),
          shoppers: count('In it.'),
          expected_buyers: amount('Σ of their chances.'),
          expected_non_buyers: amount('The rest.'),
        },
        { additionalProperties: false },
      ),
      { description: 'Twenty groups of the shoppers whose chance is known, the likeliest first.', maxItems: 20 },
    ),
    realised,
  },
  { $id: 'SegmentsAnswer', additionalProperties: false, description: 'All segments, as of the last stock.' },
);

/** One segment over time, and what it shares with others. */
export const SegmentDetail = Type.Object(
  {
    segment: SegmentSummary,
    history: Type.Array(
      Type.Object(
        {
          taken_at: instant('When stock was taken.'),
          size: count('Shoppers in it.'),
          expected_buyers: amount('Of those asked.'),
        },
        { additionalProperties: false },
      ),
      { description: 'Oldest first; the last 800.', maxItems: 800 },
    ),
    overlap: Type.Array(
      Type.Object(
        {
          id: segmentId,
          shared: count('Shoppers in both.'),
          share: Type.Number({ description: 'Of this segment.', minimum: 0, maximum: 1 }),
          jaccard: Type.Number({ description: 'shared ÷ those in either.', minimum: 0, maximum: 1 }),
        },
        { additionalProperties: false },
      ),
      { description: 'With every other segment that shares someone, the greatest first.', maxItems: 200 },
    ),
  },
  { $id: 'SegmentDetail', additionalProperties: false, description: 'One segment over time, and what it shares with others.' },
);

/** In what form members leave. */
export const SegmentExportQuery = Type.Object(
  {
    format: Type.Optional(
      Type.Union([Type.Literal('csv'), Type.Literal('parquet')], { description: 'Default csv.', examples: ['csv'] }),
    ),
  },
  { $id: 'SegmentExportQuery', additionalProperties: false, description: 'In what form members leave.' },
);

/** Where members are sent. */
export const SegmentExportRequest = Type.Object(
  {
    url: Type.String({
      description: 'https; an internal address only where the server allows it (TILLCAST_SEGMENT_HOSTS).',
      minLength: 1,
      maxLength: 2_048,
      examples: ['https://crm.example/segments'],
    }),
  },
  { $id: 'SegmentExportRequest', additionalProperties: false, description: 'Where members are sent.' },
);

/** What became of deliveries. */
export const SegmentDeliveries = Type.Object(
  {
    deliveries: Type.Array(
      Type.Object(
        {
          delivery: Type.String({ description: 'The same however often it is tried.' }),
          segment: segmentId,
          host: Type.String({ description: 'Where to.', examples: ['crm.example'] }),
          taken_at: instant('The stock whose members they are.'),
          sent_at: instant('When it was tried last.'),
          part: Type.Integer({ description: '1, 2 …: 1,000 members each.', minimum: 1 }),
          members: count('In it.'),
          tries: count('How often it was sent.'),
          status: count('What was answered; 0 = nothing.'),
          delivered: Type.Boolean({ description: 'Whether it was taken.' }),
          problem: Type.Union([Type.String(), Type.Null()], { description: 'Why not; null = it was.' }),
        },
        { additionalProperties: false },
      ),
      { description: 'Newest first.', maxItems: 1_000 },
    ),
  },
  { $id: 'SegmentDeliveries', additionalProperties: false, description: 'What became of deliveries.' },
);

export type SegmentSummary = Static<typeof SegmentSummary>;
export type SegmentsAnswer = Static<typeof SegmentsAnswer>;
export type SegmentDetail = Static<typeof SegmentDetail>;
export type SegmentExportQuery = Static<typeof SegmentExportQuery>;
export type SegmentExportRequest = Static<typeof SegmentExportRequest>;
export type SegmentDeliveries = Static<typeof SegmentDeliveries>;
