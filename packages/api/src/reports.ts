import Type, { type Static } from 'typebox';
import { instant } from './field.ts';

const count = (description: string) => Type.Integer({ description, minimum: 0 });
const cents = (description: string) =>
  Type.Number({ description: `${description} Hundredths of the currency.`, examples: [123_400] });
const figure = (description: string, example: readonly number[]) =>
  Type.Tuple([Type.Number(), Type.Number(), Type.Number()], {
    description: `${description} Value, low, high (95 %).`,
    examples: [example],
  });
const centsFigure = (description: string) => figure(`${description} Hundredths of the currency.`, [123_400, 20_100, 226_700]);
const orNull = <S extends ReturnType<typeof count> | ReturnType<typeof figure>>(schema: S, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const text = (description: string, example: string) => Type.String({ description, examples: [example] });

const state = Type.Union([Type.Literal('measured'), Type.Literal('not_yet'), Type.Literal('not_measurable')], {
  description:
    '`measured`: the interval excludes 0 at every look, or as many units as planned were seen; `not_yet`: what is missing is said; `not_measurable`: why is said.',
  examples: ['not_yet'],
});

const amounts = {
  incremental_margin_cents: centsFigure('Margin of treated units that would not be there without the treatment.'),
  treatment_cost_cents: cents('Spent on giving treatments.'),
  discount_cost_cents: cents('Taken off orders by treatments.'),
  serving_cost_cents: cents('Spent on serving; 0 in lines, for the total pays it.'),
  net_cents: centsFigure('What is left.'),
};

const day = Type.String({ description: 'Of the shop’s calendar; figures are cumulative to its end.', examples: ['2026-11-20'] });

/** A line by the end of a day. */
export const RoiDay = Type.Object(
  {
    ...{ day, treated_units: count('Booked and comparable.'), reference_units: count('Those they are compared with.') },
    ...amounts,
  },
  { $id: 'RoiDay', additionalProperties: false, description: 'A line of the ledger by the end of a day.' },
);

/** One comparison. */
export const RoiLine = Type.Object(
  {
    id: text('What is compared: a holdout, an experiment, or one of its variants.', 'holdout:global'),
    against: Type.Union([Type.Literal('holdout'), Type.Literal('control')], { description: 'With whom.', examples: ['holdout'] }),
    in_total: Type.Boolean({ description: 'Whether the total adds it; others are detail of one that it adds.' }),
    experiments: Type.Array(Type.String(), { description: 'What it is made of.', examples: [['free-shipping']] }),
    variants: Type.Array(Type.String(), { description: 'Treated variants; empty = everybody exposed.', examples: [['coupon']] }),
    state,
    verdict: text('In words.', 'not measurable yet: about 9 days and 21,000 shoppers more'),
    net_cents: orNull(centsFigure('What is left, so far.'), 'null: nothing can be compared yet.'),
    incremental_margin_cents: orNull(centsFigure('So far.'), 'null: nothing can be compared yet.'),
    treated_units: count('Booked and comparable.'),
    reference_units: count('Those they are compared with.'),
    waiting_units: count('Exposed, and their window is still open.'),
    crossed_units: count('Found on both sides, and on neither counted.'),
    unmatched_units: count('Of spans of time in which the other side is missing.'),
    planned_units: orNull(count('Over both sides.'), 'Units over both sides that the plan asks for; null: cannot be told yet.'),
    units_more: orNull(count('Missing.'), 'What lacks of them; null: cannot be told yet.'),
    days_more: orNull(count('Missing.'), 'At the pace so far; null: cannot be told yet.'),
    days: Type.Array(RoiDay, { description: 'Cumulative, oldest first.' }),
  },
  { $id: 'RoiLine', additionalProperties: false, description: 'One comparison of the ledger.' },
);

const notAdded = Type.Null({ description: 'Units may be in several lines: they do not add up.' });

const totalDay = Type.Object(
  {
    ...{ line: text('`total`.', 'total'), day, treated_units: notAdded, reference_units: notAdded },
    ...amounts,
  },
  { additionalProperties: false },
);

/** The ledger. */
export const RoiAnswer = Type.Object(
  {
    as_of: instant('What was known by then.'),
    currency: Type.Union([Type.String(), Type.Null()], {
      description: 'ISO 4217; null: the shop named none, and amounts are as given.',
      examples: ['EUR'],
    }),
    state,
    verdict: text('In words.', 'it pays: the interval lies above 0'),
    total: Type.Union(
      [
        Type.Object(
          { ...amounts, days: Type.Array(totalDay, { description: 'Cumulative, oldest first.' }) },
          { additionalProperties: false, description: 'All lines together.' },
        ),
        Type.Null(),
      ],
      { description: 'null: no line has a figure.' },
    ),
    is_complete: Type.Boolean({ description: 'Whether every line of the total has figures; those without are in `left_out`.' }),
    lines: Type.Array(RoiLine, { description: 'Those of the total first.' }),
    left_out: Type.Array(
      Type.Object(
        { id: text('The line.', 'experiment:coupons'), reason: text('Why.', 'not measurable: the split is wrong') },
        { additionalProperties: false },
      ),
      { description: 'Lines that the total lacks.' },
    ),
    assumptions: Type.Array(
      Type.Object(
        {
          name: text('Of the assumption.', 'serving_cost_per_day'),
          value: Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()], {
            description: 'As taken; null: nobody said.',
            examples: [12.5],
          }),
          unit: text('Of the value.', 'EUR'),
          source: Type.Union([Type.Literal('setting'), Type.Literal('default'), Type.Literal('missing')], {
            description: 'Who said so.',
            examples: ['setting'],
          }),
          edit: text('Where it is changed.', 'shop.serving_cost_per_day in tillcast.yaml'),
        },
        { additionalProperties: false },
      ),
      { description: 'What is taken for granted, and where to change it.' },
    ),
    notes: Type.Array(Type.String(), { description: 'What to know before believing it.' }),
    digest: Type.String({
      description: 'SHA-256 of the rows as CSV: two replays of one moment agree.',
      pattern: '^[0-9a-f]{64}$',
      examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    }),
  },
  {
    $id: 'RoiAnswer',
    additionalProperties: false,
    description: 'What treating shoppers earned, by comparison with those kept out.',
  },
);

/** Up to when the ledger is wanted, and how. */
export const RoiQuery = Type.Object(
  {
    as_of: Type.Optional(instant('What was known by then; default: now.')),
    format: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('csv')], { description: 'Default json; csv: the rows.', examples: ['csv'] }),
    ),
  },
  { $id: 'RoiQuery', additionalProperties: false, description: 'Up to when the ledger is wanted.' },
);

const amount = (description: string, least: number) =>
  Type.Number({ description: `${description} Hundredths of the currency.`, minimum: least, maximum: 1e11, examples: [1_200] });

/** Which served predictions are measured, and what treating somebody is taken to cost. */
export const PerformanceQuery = Type.Object(
  {
    target: Type.Optional(
      Type.Union([Type.Literal('item'), Type.Literal('session')], { description: 'Default item.', examples: ['item'] }),
    ),
    from: Type.Optional(instant('Predictions asked from then on; default: 28 days before `until`.')),
    until: Type.Optional(instant('Predictions asked before; default: now.')),
    treatment: Type.Optional(
      Type.String({
        description: 'Its cost in `shop.treatment_costs`, for the profit curve.',
        maxLength: 100,
        examples: ['coupon'],
      }),
    ),
    margin_cents: Type.Optional(
      amount('What an order earns before any discount; default: the shop’s margin of the mean price.', -1e11),
    ),
    contact_cents: Type.Optional(amount('What giving the treatment to one shopper costs.', -1e11)),
    discount_cents: Type.Optional(amount('What it takes off an order.', -1e11)),
    assumed_effect: Type.Optional(
      Type.Number({
        description:
          'Relative change of the chance to buy that the treatment is assumed to make. Without it every purchase counts as earned, which is a ceiling.',
        minimum: -10,
        maximum: 100,
        examples: [0.15],
      }),
    ),
  },
  { $id: 'PerformanceQuery', additionalProperties: false, description: 'Which served predictions are measured.' },
);

const rate = (description: string) => Type.Number({ description, minimum: 0, maximum: 1, examples: [0.042] });
const quality = {
  rows: count('Predictions.'),
  shoppers: count('Who asked.'),
  conversions: count('Predictions whose shopper bought within the horizon.'),
  base_rate: figure('conversions ÷ rows.', [0.042, 0.038, 0.046]),
  predicted: rate('Mean probability.'),
  log_loss: figure('Nats.', [0.161, 0.15, 0.172]),
  roc_auc: figure('Area under the ROC curve.', [0.78, 0.75, 0.81]),
  ece: figure('Expected calibration error.', [0.006, 0.002, 0.011]),
};

/** How good served predictions were, on some of them. */
export const ServedQuality = Type.Object(quality, {
  ...{ $id: 'ServedQuality', additionalProperties: false },
  description: 'How good served predictions were; intervals by shopper.',
});

/** One slice: its figures, or that it has too few rows for any. */
export const PerformanceSlice = Type.Object(
  {
    by: Type.String({
      description: '`category`, `shopper` (new or returning), `rung`, `model`, `device` or `source`; the last two as events say.',
      examples: ['category'],
    }),
    name: text('Of the slice.', 'electronics'),
    rows: count('Predictions.'),
    quality: Type.Union([ServedQuality, Type.Literal('too few')], { description: '`too few`: figures would be noise.' }),
    worse_than_rest: Type.Array(
      Type.Object(
        {
          metric: Type.Union([Type.Literal('roc_auc'), Type.Literal('skill')], {
            description: '`skill`: 1 − log loss ÷ that of the slice’s base rate.',
            examples: ['roc_auc'],
          }),
          difference: figure('Slice − rest.', [-0.11, -0.16, -0.06]),
          adjusted: rate('Adjusted over all slices and metrics (Benjamini and Hochberg).'),
          flagged: Type.Boolean({ description: 'Whether it is worse: adjusted ≤ 0.05.', examples: [true] }),
        },
        { additionalProperties: false },
      ),
      { description: 'Beside all other rows; empty where there are none.', maxItems: 2 },
    ),
  },
  { $id: 'PerformanceSlice', additionalProperties: false, description: 'Served predictions of one kind.' },
);

const share = (description: string) => Type.Number({ description, minimum: 0, maximum: 1, examples: [0.1] });
const orNullNumber = (description: string) => Type.Union([Type.Number(), Type.Null()], { description, examples: [3.4] });

const profit = Type.Object(
  {
    basis: Type.Union([Type.Literal('all_purchases'), Type.Literal('assumed_effect')], {
      description:
        '`all_purchases`: a ceiling, for most would have bought anyway; `assumed_effect`: only what the assumed effect adds. Neither is measured: `/v1/reports/roi` is.',
      examples: ['assumed_effect'],
    }),
    margin_cents: cents('Of an order, before any discount.'),
    discount_cents: cents('Off an order.'),
    contact_cents: cents('For each treated shopper.'),
    best: Type.Object(
      {
        share: share('Of the rows, from the top; 0 = treat nobody.'),
        share_interval: Type.Tuple([Type.Number(), Type.Number()], {
          description: 'Holds the shop’s best cut-off with 95 %.',
          examples: [[0.05, 0.2]],
        }),
        probability: orNullNumber('Treat from this probability on; null = nobody.'),
        probability_interval: Type.Tuple([orNullNumber('From.'), orNullNumber('To; null = nobody.')], {
          description: 'The same as probabilities.',
          examples: [[0.08, 0.21]],
        }),
        profit_cents: centsFigure('Without what the cut-off owes to having been chosen on these rows.'),
      },
      { additionalProperties: false, description: 'The cut-off that earns most.' },
    ),
    points: Type.Array(
      Type.Object(
        {
          share: share('Of the rows, from the top.'),
          probability: orNullNumber('At the cut-off; null = nobody.'),
          profit_cents: cents('Of treating them.'),
        },
        { additionalProperties: false },
      ),
      { description: 'From nobody to everybody.', maxItems: 101 },
    ),
  },
  { additionalProperties: false, description: 'What treating the top of the ranking would bring.' },
);

/** How good the served predictions were, and what ranking by them is worth. */
export const PerformanceAnswer = Type.Object(
  {
    ...{ target: text('What was predicted.', 'item'), from: instant('Asked from.'), until: instant('Asked before.') },
    waiting: count('Predictions whose horizon has not closed.'),
    left_out: count('Predictions of shoppers who are not in the sample; 0 = all are measured.'),
    sampled_share: Type.Number({
      description:
        'The share of the shoppers whose predictions are measured, all of each; 1 = everybody. Fewer where a window holds too many.',
      exclusiveMinimum: 0,
      maximum: 1,
      examples: [1],
    }),
    overall: Type.Union([ServedQuality, Type.Literal('too few')], { description: 'All rows.' }),
    slices: Type.Array(PerformanceSlice, { description: 'By kind, the largest first.' }),
    gain: Type.Array(
      Type.Object(
        {
          share: share('Of the rows, from the top.'),
          gain: orNullNumber('Share of all purchases among them.'),
          gain_over_random: orNullNumber('gain ÷ share: how buyers are ranked, and nothing of what a treatment does.'),
          purchase_rate: orNullNumber('Of these rows.'),
          break_even_effect: orNullNumber('Relative effect from which on treating them pays; null: no prices.'),
        },
        { additionalProperties: false },
      ),
      { description: 'Cumulative, by tenths; from (0, 0) to (1, 1).', maxItems: 11 },
    ),
    profit: Type.Union([profit, Type.Null()], { description: 'null: for `no_profit`.' }),
    no_profit: Type.Union([Type.String(), Type.Null()], { description: 'Why there is no profit curve.', examples: [null] }),
    notes: Type.Array(Type.String(), { description: 'What to know before believing it.' }),
  },
  { $id: 'PerformanceAnswer', additionalProperties: false, description: 'How good the served predictions were.' },
);

export type PerformanceQuery = Static<typeof PerformanceQuery>;
export type ServedQuality = Static<typeof ServedQuality>;
export type PerformanceSlice = Static<typeof PerformanceSlice>;
export type PerformanceAnswer = Static<typeof PerformanceAnswer>;
export type RoiDay = Static<typeof RoiDay>;
export type RoiLine = Static<typeof RoiLine>;
export type RoiAnswer = Static<typeof RoiAnswer>;
export type RoiQuery = Static<typeof RoiQuery>;
