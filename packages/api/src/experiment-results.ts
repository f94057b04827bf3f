import Type, { type Static } from 'typebox';
import { identifier, instant } from './field.ts';

const count = (description: string) => Type.Integer({ description, minimum: 0 });
const number = (description: string, example: number) => Type.Number({ description, examples: [example] });
const orNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const text = (description: string, example: string) => Type.String({ description, examples: [example] });
const texts = (description: string) => Type.Immutable(Type.Array(Type.String(), { description }));
const closed = { additionalProperties: false } as const;

/** Value, low, high; an end that nothing bounds is null. */
const figure = (description: string) =>
  Type.Immutable(
    Type.Tuple([Type.Number(), orNull('From.'), orNull('To.')], {
      description: `${description} Value, low, high; null: nothing bounds it.`,
      examples: [[0.15, 0.04, 0.26]],
    }),
  );
const figureOrNull = (description: string) =>
  Type.Union([figure(description), Type.Null()], { description: `${description} null: not measurable.` });

const compared = {
  difference: figureOrNull('Variant − control, in the metric’s unit.'),
  relative_lift: figureOrNull('(variant − control) ÷ control.'),
  relative_lift_by: Type.Optional(text('How its interval is made; absent: by the delta method.', 'fieller')),
  p_value: orNull('Two-sided, of one look; null: not measurable.'),
};

const comparison = Type.Object(
  {
    ...{ variant: text('Compared with the control.', 'coupon'), metric: text('In what.', 'conversion') },
    role: Type.Union([Type.Literal('primary'), Type.Literal('secondary'), Type.Literal('guardrail'), Type.Literal('shown')], {
      description: '`primary` decides, `guardrail` can stop, `secondary` informs, `shown` never decides.',
    }),
    guardrail: Type.Optional(
      Type.Object(
        {
          max_drop: number('Relative drop that is borne.', 0.05),
          state: Type.Union([Type.Literal('broken'), Type.Literal('held'), Type.Literal('open')], {
            description: '`broken`: proven to have fallen by more; `held`: proven not to have; `open`: neither yet.',
          }),
        },
        { ...closed, description: 'How it stands as a guardrail; absent: it is none.' },
      ),
    ),
    not_measurable: Type.Optional(text('Why there are no figures.', 'no units in control')),
    ...compared,
    p_value_holm: Type.Optional(number('Of the figures that decide, over the variants of the metric.', 0.01)),
    p_value_bh: Type.Optional(number('Of the figures that decide, over the metrics of the variant.', 0.01)),
    always_valid: Type.Optional(
      Type.Object(compared, {
        ...closed,
        description: 'The same, true at all looks together; decides where the rule is sequential.',
      }),
    ),
    cuped: Type.Optional(
      Type.Object(
        {
          ...compared,
          variance_ratio: number('Adjusted ÷ raw.', 0.96),
          covariates: texts('What it was adjusted by.'),
        },
        { ...closed, description: 'The same with less noise, from what was known before.' },
      ),
    ),
    chance_to_win: Type.Optional(number('Posterior.', 0.98)),
    expected_loss: Type.Optional(
      Type.Object(
        { if_shipped: number('Relative.', 0.0001), if_kept: number('Relative.', 0.15) },
        { ...closed, description: 'What a wrong choice would cost.' },
      ),
    ),
    capped_at: Type.Optional(number('Where a winsorised metric was capped.', 250)),
  },
  { ...closed, description: 'One variant beside the control, in one metric.' },
);

/** What an experiment says by a moment, and whether that is known yet. */
export const ExperimentResults = Type.Object(
  {
    experiment_id: identifier('The experiment.', 'model_comparison_2024'),
    version: Type.Integer({ description: 'Of the experiment.', minimum: 1, examples: [2] }),
    state: Type.Union([Type.Literal('draft'), Type.Literal('running'), Type.Literal('stopped')], { description: 'Of its life.' }),
    primary_metric: text('As it was asked for.', 'purchase_probability'),
    decision_metric: text('The realised one that decides.', 'conversion'),
    models: Type.Record(Type.String(), Type.Unknown(), { description: 'By variant, pinned when it was started.' }),
    maturity_days: number('How long outcomes count after the exposure.', 1),
    variants: Type.Record(
      Type.String(),
      Type.Object(
        {
          n: count('Units that count.'),
          mean: orNull('Of the metric that decides; null: not measurable.'),
          interval: figureOrNull('The same by itself, at one look (95 %).'),
          means: Type.Record(Type.String(), orNull('Of the metric.'), { description: 'By metric.' }),
        },
        closed,
      ),
      { description: 'By name; those of the control first.' },
    ),
    control: text('What the others are compared with.', 'catboost'),
    comparisons: Type.Immutable(Type.Array(comparison, { description: 'Each variant beside the control, in each metric.' })),
    srm: Type.Object(
      {
        p_value: number('Of the split, at one look.', 0.62),
        alarm: Type.Boolean({ description: 'Whether the split is wrong: then no figure means what it says.' }),
        deviation: number('Largest relative deviation of a share.', 0.004),
        observed: Type.Immutable(Type.Array(count('Units.'), { description: 'By variant.' })),
        designed: Type.Immutable(Type.Array(number('Weight.', 0.5), { description: 'By variant.' })),
        daily: Type.Optional(
          Type.Object(
            {
              looks: count('How many.'),
              alarm: Type.Boolean({ description: 'Whether any of them rang.' }),
              first_alarm_day: Type.Optional(Type.Integer({ description: 'Which day it rang first.' })),
            },
            { ...closed, description: 'Looked at at the end of each day of exposures.' },
          ),
        ),
      },
      { ...closed, description: 'Whether units fell as designed (sample ratio mismatch).' },
    ),
    verdict: text('In words; begins with "ship", "stop" or "not yet".', 'not yet: about 9 days and 21,000 shoppers more'),
    decision: Type.Object(
      {
        action: Type.Union([Type.Literal('ship'), Type.Literal('stop'), Type.Literal('not_yet')], { description: 'What to do.' }),
        variant: Type.Optional(text('Which one to ship.', 'coupon')),
        units_more: Type.Optional(number('Until the rule can decide.', 21_000)),
        days_more: Type.Optional(number('The same at the pace so far.', 9)),
      },
      { ...closed, description: 'The verdict for machines.' },
    ),
    best_so_far: Type.Union(
      [
        Type.Object(
          {
            variant: text('Which one.', 'ensemble'),
            mean: orNull('Of the metric that decides.'),
            is_known: Type.Boolean({
              description: 'Whether the rule has shown it to be better than the control; of the control: than every variant.',
            }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'The variant with the best mean in what decides; null: nothing can be compared yet.' },
    ),
    excluded: Type.Object(
      {
        crossover: count('Met two variants.'),
        repeated: count('Told twice.'),
        holdout: count('Held out.'),
        later: count('Exposed after the moment.'),
        immature: count('Too young for their outcome.'),
      },
      { ...closed, description: 'Units left out.' },
    ),
    triggered: Type.Optional(
      Type.Object(
        { units: count('Units whose decision differed.'), share: number('Of all.', 0.4) },
        { ...closed, description: 'Where variants are models: who could differ at all.' },
      ),
    ),
    days: Type.Optional(number('From the first exposure to the last.', 12.4)),
    notes: texts('What to know before believing it.'),
    as_of: instant('What was known by then.'),
  },
  { $id: 'ExperimentResults', additionalProperties: false, description: 'What an experiment says by a moment.' },
);

export type ExperimentResults = Static<typeof ExperimentResults>;
