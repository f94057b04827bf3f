import Type, { type Static } from 'typebox';

const name = (description: string, example: string) =>
  Type.String({ description, minLength: 1, maxLength: 256, examples: [example] });
const open = (description: string) => ({ description, additionalProperties: true });

const maxDrop = () =>
  Type.Number({
    description:
      'Non-inferiority bound, relative to the control’s mean: so much worse is borne. Default 0: any proven fall stops the variant.',
    minimum: 0,
    maximum: 1,
    examples: [0.05],
  });

/** A metric in full; a name alone means `conversion` (0 or 1), a mean of the column of that name, or a model's own word. */
const MetricSettings = Type.Object(
  {
    name: name('How the metric is called in the answer.', 'revenue'),
    kind: Type.Optional(
      Type.Union([Type.Literal('proportion'), Type.Literal('mean'), Type.Literal('ratio'), Type.Literal('quantile')], {
        description: 'Default: `proportion` for conversion, else `mean`.',
      }),
    ),
    column: Type.Optional(name('Column of the unit table; default: the name.', 'revenue')),
    numerator: Type.Optional(name('Of a ratio: a column.', 'revenue')),
    denominator: Type.Optional(name('Of a ratio: a column.', 'orders')),
    quantile: Type.Optional(
      Type.Number({ description: 'Of a quantile: which.', exclusiveMinimum: 0, exclusiveMaximum: 1, examples: [0.9] }),
    ),
    winsorise: Type.Optional(
      Type.Number({
        description: 'Of a mean: values above this percentile of all arms together are capped at it.',
        exclusiveMinimum: 0.5,
        exclusiveMaximum: 1,
        examples: [0.99],
      }),
    ),
    winsorise_zeros: Type.Optional(
      Type.Boolean({ description: 'Whether zeros count for that percentile; default true.', examples: [true] }),
    ),
    role: Type.Optional(
      Type.Union([Type.Literal('primary'), Type.Literal('secondary'), Type.Literal('guardrail'), Type.Literal('shown')], {
        description: '`primary` decides, `guardrail` can stop, `secondary` informs, `shown` never decides.',
      }),
    ),
    better: Type.Optional(
      Type.Union([Type.Literal('higher'), Type.Literal('lower')], { description: 'Which side is good; default higher.' }),
    ),
  },
  { additionalProperties: false, description: 'A metric.' },
);

/**
 * How a unit table is analysed: the registered rule. Settings of the experiment itself (its salt, layers, …) may stand beside, so that one
 * file serves both; they are told as ignored.
 */
export const ExperimentAnalysisSettings = Type.Object(
  {
    experiment_id: Type.Optional(name('Which experiment.', 'model_comparison_2024')),
    variants: Type.Optional(
      Type.Array(
        Type.Union([name('A variant.', 'ensemble'), Type.Object({ name: name('Its name.', 'ensemble') }, open('A variant.'))]),
        {
          description: 'Which variants there are, the control first; default: as the table names them.',
          minItems: 1,
          maxItems: 100,
        },
      ),
    ),
    control: Type.Optional(name('The variant to compare with; default: the first.', 'catboost')),
    holdout: Type.Optional(
      Type.Union([
        name('Variant name of held-out units.', 'holdout'),
        Type.Object({ name: name('Its name.', 'holdout') }, open('A holdout.')),
      ]),
    ),
    traffic_split: Type.Optional(
      Type.Record(Type.String(), Type.Number({ minimum: 0 }), {
        description: 'Designed weight of each variant, adding up to 1; default: equal.',
        examples: [{ catboost: 0.33, xgboost: 0.33, ensemble: 0.34 }],
      }),
    ),
    primary_metric: Type.Optional(name('The metric that decides; default: conversion.', 'conversion')),
    metrics: Type.Optional(
      Type.Array(Type.Union([name('A metric.', 'revenue'), MetricSettings]), {
        description: 'What is compared; default: conversion, and revenue where the table has it.',
        minItems: 1,
        maxItems: 100,
      }),
    ),
    guardrails: Type.Optional(
      Type.Array(
        Type.Union([
          name('A metric.', 'revenue'),
          Type.Object({ metric: name('A metric.', 'revenue'), max_drop: Type.Optional(maxDrop()) }, open('A guardrail.')),
        ]),
        {
          description:
            'Metrics that must not fall: a variant is stopped once the whole interval of its relative change lies beyond −max_drop.',
          maxItems: 100,
        },
      ),
    ),
    covariates: Type.Optional(
      Type.Array(
        Type.Union([
          name('A column.', 'pre_conversion'),
          Type.Object(
            {
              column: name('A column.', 'pre_score'),
              model: Type.Optional(
                Type.Union(
                  [name('The model that gave it, in every arm.', 'item@v12'), Type.Record(Type.String(), Type.String())],
                  {
                    description: 'Of a score: which model gave it. By variant, it must be the same everywhere.',
                  },
                ),
              ),
            },
            { additionalProperties: false, description: 'A score taken before the exposure.' },
          ),
        ]),
        { description: 'Known before the exposure, for CUPED; default: every column named pre_…', maxItems: 50 },
      ),
    ),
    method: Type.Optional(
      Type.Union([Type.Literal('fixed'), Type.Literal('sequential')], {
        description: '`fixed`: one look at the planned end; `sequential`: as many looks as one likes. Default fixed.',
      }),
    ),
    sequential: Type.Optional(
      Type.Object(
        {
          mixture: Type.Optional(
            Type.Union([Type.Literal('two_peak'), Type.Literal('confidence_sequence'), Type.Literal('msprt')], {
              description: 'Default: two_peak, tuned by planned_units.',
            }),
          ),
          tuning_units: Type.Optional(
            Type.Number({
              description:
                'Of a confidence sequence: units of a comparison at which it is narrowest; default: those planned, else 5,000.',
              exclusiveMinimum: 0,
              examples: [5000],
            }),
          ),
          tau: Type.Optional(
            Type.Number({
              description:
                'Of msprt: standard deviation of the effects bet on, in the metric’s unit; default: narrowest at planned_units.',
              exclusiveMinimum: 0,
              examples: [0.003],
            }),
          ),
        },
        { additionalProperties: false, description: 'Which always-valid test.' },
      ),
    ),
    alpha: Type.Optional(Type.Number({ description: 'Two-sided; default 0.05.', minimum: 1e-6, maximum: 0.5, examples: [0.05] })),
    power: Type.Optional(Type.Number({ description: 'Default 0.8.', minimum: 0.05, maximum: 0.999, examples: [0.8] })),
    minimum_lift: Type.Optional(
      Type.Number({
        description: 'Smallest relative lift worth knowing; default 0.05.',
        exclusiveMinimum: 0,
        maximum: 10,
        examples: [0.05],
      }),
    ),
    planned_units: Type.Optional(
      Type.Integer({ description: 'Units over all variants at which it ends.', minimum: 2, maximum: 1e12, examples: [48382] }),
    ),
    minimum_days: Type.Optional(
      Type.Number({ description: 'Days before which nothing is shipped; default 0.', minimum: 0, maximum: 3650, examples: [14] }),
    ),
    maturity_days: Type.Optional(
      Type.Number({
        description: 'How long after its exposure a unit’s outcomes count; default 0.',
        minimum: 0,
        maximum: 3650,
        examples: [7],
      }),
    ),
    as_of: Type.Optional(
      Type.String({ description: 'Results as of this instant.', maxLength: 40, examples: ['2026-11-20T00:00:00Z'] }),
    ),
    decide_by_cuped: Type.Optional(
      Type.Boolean({ description: 'Whether the adjusted figures decide; default false.', examples: [false] }),
    ),
    variants_are: Type.Optional(
      Type.Union([Type.Literal('models'), Type.Literal('treatments')], { description: 'Default treatments.' }),
    ),
    action: Type.Optional(
      Type.Union([Type.Literal('none'), name('What follows from the score.', 'free delivery from 0.7')], {
        description: 'Where variants are models: what a shopper sees follow from the score; `none` = nothing.',
      }),
    ),
    trigger: Type.Optional(name('Column that is 1 where the variants’ decisions differ for the unit.', 'decision_differs')),
    cluster: Type.Optional(name('Column that names each unit’s cluster.', 'household')),
    prior: Type.Optional(
      Type.Object(
        {
          mean: Type.Optional(Type.Number({ description: 'Believed relative lift; default 0.', examples: [0] })),
          stddev: Type.Number({ description: 'Its standard deviation.', exclusiveMinimum: 0, examples: [0.1] }),
        },
        { additionalProperties: false, description: 'Belief about the relative lift before the data; default: none.' },
      ),
    ),
    srm: Type.Optional(
      Type.Object(
        {
          alpha: Type.Optional(
            Type.Number({ description: 'Default 0.001.', exclusiveMinimum: 0, maximum: 0.1, examples: [0.001] }),
          ),
          min_units: Type.Optional(Type.Integer({ description: 'Default 100.', minimum: 0, examples: [100] })),
          min_deviation: Type.Optional(
            Type.Number({
              description: 'Smallest relative deviation of a share that rings; default 0.001.',
              minimum: 0,
              maximum: 1,
              examples: [0.001],
            }),
          ),
        },
        { additionalProperties: false, description: 'When a wrong split is told.' },
      ),
    ),
  },
  open('How a unit table is analysed.'),
);

export type ExperimentAnalysisSettings = Static<typeof ExperimentAnalysisSettings>;
