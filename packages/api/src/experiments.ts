import Type, { type Static } from 'typebox';
import { identifier, instant } from './field.ts';

/** An experiment as a shop writes it. What is sent is checked field by field, each fault with its remedy. */
export const ExperimentConfig = Type.Object(
  {
    experiment_id: identifier('Names the experiment, and salts its assignment unless `salt` does.', 'model_comparison_2024'),
    description: Type.Optional(
      Type.String({ description: 'What it is to find out.', maxLength: 1_024, examples: ['Which model sells more?'] }),
    ),
    variants: Type.Array(
      Type.Union([
        Type.String({ description: 'A variant by name; `catboost`, `ensemble`, an alias or a version stand for that model.' }),
        Type.Object(
          {
            name: Type.String({ description: 'Of the variant.', examples: ['free-shipping'] }),
            model: Type.Optional(
              Type.Union(
                [
                  Type.String({ description: 'A member, `ensemble`, an alias or a version.' }),
                  Type.Object(
                    {
                      version: Type.Optional(
                        Type.String({ description: 'A version or an alias; default `champion`.', examples: ['challenger'] }),
                      ),
                      member: Type.Optional(
                        Type.String({ description: 'One member of it; default: the whole ensemble.', examples: ['catboost'] }),
                      ),
                    },
                    { additionalProperties: false },
                  ),
                ],
                { description: 'The model that answers for this variant.', examples: ['challenger'] },
              ),
            ),
            treatment: Type.Optional(
              Type.Object(
                {
                  kind: Type.String({ description: '`insights`, `offer` or `message`.', examples: ['offer'] }),
                  id: Type.String({ description: 'Which one.', examples: ['free-shipping'] }),
                },
                { additionalProperties: false, description: 'What is done to the shopper.' },
              ),
            ),
          },
          { additionalProperties: false },
        ),
      ]),
      { description: 'What is compared: 2 to 16.', minItems: 2, maxItems: 16, examples: [['catboost', 'xgboost', 'ensemble']] },
    ),
    traffic_split: Type.Optional(
      Type.Record(Type.String(), Type.Number(), {
        description: 'Share of each variant, adding up to 1; default: equal.',
        examples: [{ catboost: 0.33, xgboost: 0.33, ensemble: 0.34 }],
      }),
    ),
    control: Type.Optional(
      Type.String({ description: 'What the others are compared with; default: the first variant.', examples: ['catboost'] }),
    ),
    primary_metric: Type.Optional(
      Type.String({
        description:
          '`conversion` (default), `orders`, `revenue`, `margin`; or a prediction such as `purchase_probability`, which is shown and decides nothing.',
        examples: ['purchase_probability'],
      }),
    ),
    decision_metric: Type.Optional(
      Type.String({
        description: 'The realised metric that decides; default: the primary one, else conversion.',
        examples: ['margin'],
      }),
    ),
    unit: Type.Optional(Type.String({ description: '`device` (default), `shopper` or `session`.', examples: ['device'] })),
    salt: Type.Optional(Type.String({ description: 'Salt of the assignment; default: the id.', examples: ['2026-autumn'] })),
    exposure_share: Type.Optional(
      Type.Number({ description: 'Share of the units that take part.', minimum: 0, maximum: 1, examples: [0.2] }),
    ),
    targeting: Type.Optional(
      Type.String({ description: 'Who takes part: a condition in CEL.', examples: ['user_segment == "vip" && price > 20.0'] }),
    ),
    layers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            layer: Type.String({ description: 'Of the layer.', examples: ['checkout'] }),
            from: Type.Number({ description: 'Where the slice begins.', minimum: 0, maximum: 1 }),
            to: Type.Number({ description: 'Where it ends; itself not in it.', minimum: 0, maximum: 1 }),
          },
          { additionalProperties: false },
        ),
        { description: 'Slices of layers: experiments of one layer that have no slice in common share no unit.', maxItems: 8 },
      ),
    ),
    holdout: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String({ description: 'Default `global`.', examples: ['global'] })),
          share: Type.Number({
            description: 'Share of all units held out of every experiment that names it.',
            minimum: 0,
            maximum: 1,
            examples: [0.05],
          }),
        },
        { additionalProperties: false, description: 'Units kept out, so that the sum of all experiments can be measured.' },
      ),
    ),
    start_at: Type.Optional(instant('Not before; default: when it is started.')),
    stop_at: Type.Optional(instant('Nobody is assigned any more from then on.')),
    target: Type.Optional(
      Type.String({ description: 'Whose model the variants replace: `item` or `session`.', examples: ['item'] }),
    ),
    guardrails: Type.Optional(
      Type.Array(
        Type.Object(
          {
            metric: Type.String({ description: 'A realised metric.', examples: ['margin'] }),
            max_drop: Type.Optional(
              Type.Number({
                description: 'Relative drop that is borne; default 0.05.',
                minimum: 0,
                maximum: 1,
                examples: [0.05],
              }),
            ),
          },
          { additionalProperties: false },
        ),
        { description: 'Metrics that must not fall.', maxItems: 8 },
      ),
    ),
    minimum_run: Type.Optional(
      Type.Object(
        {
          days: Type.Optional(Type.Number({ description: 'Default 7.', minimum: 0, examples: [14] })),
          units_per_variant: Type.Optional(Type.Number({ description: 'Default 100.', minimum: 0, examples: [1000] })),
        },
        { additionalProperties: false, description: 'Before which nothing is decided.' },
      ),
    ),
    maturity: Type.Optional(
      Type.String({
        description: 'How long a unit’s outcomes count after its exposure; default: the model’s horizon.',
        examples: ['P7D'],
      }),
    ),
    allocation: Type.Optional(
      Type.Object(
        {
          kind: Type.String({ description: '`fixed` (default), `rollout` or `thompson`.', examples: ['rollout'] }),
          steps: Type.Optional(
            Type.Array(Type.Number(), {
              description: 'Treated shares of a rollout.',
              maxItems: 16,
              examples: [[0.01, 0.05, 0.1, 0.25, 0.5]],
            }),
          ),
          step: Type.Optional(Type.String({ description: 'How long a step of a rollout lasts at least.', examples: ['P1D'] })),
          every: Type.Optional(Type.String({ description: 'How often a bandit moves its weights.', examples: ['P1D'] })),
          min_share: Type.Optional(
            Type.Number({ description: 'Share that a bandit leaves every variant.', minimum: 0, maximum: 0.5, examples: [0.05] }),
          ),
        },
        { additionalProperties: false, description: 'How traffic is given to the variants.' },
      ),
    ),
    analysis: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Rules of analysis, registered before the data: docs/guides/experiments.md.',
      }),
    ),
  },
  { $id: 'ExperimentConfig', additionalProperties: false, description: 'An experiment as a shop writes it.' },
);

/** A change of an experiment. */
export const ExperimentEdit = Type.Object(
  {
    config: ExperimentConfig,
    version: Type.Optional(
      Type.Integer({
        description: 'The version that was seen; another one by now is refused with 409.',
        minimum: 1,
        examples: [3],
      }),
    ),
    why: Type.Optional(
      Type.String({ description: 'Kept in the history.', maxLength: 1_024, examples: ['more traffic for the newcomer'] }),
    ),
  },
  { $id: 'ExperimentEdit', additionalProperties: false, description: 'A change of an experiment.' },
);

/** A start or a stop. */
export const ExperimentMove = Type.Object(
  {
    version: Type.Optional(
      Type.Integer({
        description: 'The version that was seen; another one by now is refused with 409.',
        minimum: 1,
        examples: [1],
      }),
    ),
    why: Type.Optional(Type.String({ description: 'Kept in the history.', maxLength: 1_024, examples: ['planned'] })),
  },
  { $id: 'ExperimentMove', additionalProperties: false, description: 'A start or a stop of an experiment.' },
);

const state = Type.Union([Type.Literal('draft'), Type.Literal('running'), Type.Literal('stopped')], {
  description: 'Where it is in its life.',
  examples: ['running'],
});

/** An experiment as it is. */
export const Experiment = Type.Object(
  {
    experiment_id: identifier('Of the experiment.', 'model_comparison_2024'),
    version: Type.Integer({ description: 'Counts its changes.', minimum: 1, examples: [2] }),
    state,
    config: Type.Record(Type.String(), Type.Unknown(), { description: 'As it was sent.' }),
    change: Type.String({ description: 'What happened last.', examples: ['started'] }),
    changed_at: instant('When.'),
    by: Type.String({ description: 'Who did it.', examples: ['ana'] }),
    why: Type.String({ description: 'And why.', examples: ['planned'] }),
    started_at: Type.Union([instant('When it was started.'), Type.Null()], { description: 'null: it was not.' }),
    stopped_at: Type.Union([instant('When it was stopped.'), Type.Null()], { description: 'null: it was not.' }),
    models: Type.Record(
      Type.String(),
      Type.Object(
        {
          version: Type.String({ description: 'As pinned at the start.', examples: ['20261120T120000Z-1a2b3c4d'] }),
          member: Type.Union([Type.String(), Type.Null()], { description: 'null: the whole ensemble.', examples: ['catboost'] }),
        },
        { additionalProperties: false },
      ),
      { description: 'The models of the variants, pinned when it was started.' },
    ),
    notes: Type.Array(Type.String(), { description: 'What to know before believing it.', maxItems: 16 }),
  },
  { $id: 'Experiment', additionalProperties: false, description: 'An experiment as it is.' },
);

/** Every experiment. */
export const ExperimentsAnswer = Type.Object(
  { experiments: Type.Array(Experiment, { description: 'By start; never started last.' }) },
  { $id: 'ExperimentsAnswer', additionalProperties: false, description: 'Every experiment.' },
);

/** An experiment with its history and its units. */
export const ExperimentDetail = Type.Object(
  {
    experiment: Experiment,
    units: Type.Record(Type.String(), Type.Integer(), {
      description: 'Units exposed, by variant; `held_out`: kept out.',
      examples: [{ catboost: 330 }],
    }),
    history: Type.Array(Experiment, { description: 'Every version, the first first.' }),
  },
  { $id: 'ExperimentDetail', additionalProperties: false, description: 'An experiment with its history and its units.' },
);

/** Who is exposed. */
export const ExposureRequest = Type.Object(
  {
    user_id: Type.Optional(identifier('The shopper, where known.', 'u-1042')),
    anonymous_id: Type.Optional(identifier('The device.', 'd-77f2')),
    session_id: Type.Optional(identifier('The session.', 's-1042')),
    context: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What targeting may ask.', examples: [{ country: 'DE' }] }),
    ),
    expose: Type.Optional(Type.Boolean({ description: 'false: only say which variant it is. Default true.', examples: [true] })),
  },
  { $id: 'ExposureRequest', additionalProperties: false, description: 'Who meets an experiment.' },
);

/** Where somebody fell. */
export const ExposureAnswer = Type.Object(
  {
    experiment_id: identifier('The experiment.', 'checkout-2026'),
    variant: Type.Union([Type.String(), Type.Null()], {
      description: 'null: takes no part, for `reason`.',
      examples: ['treatment'],
    }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why not.', examples: ['outside_exposure'] }),
    exposed: Type.Boolean({ description: 'Whether this call was the first exposure.', examples: [true] }),
  },
  { $id: 'ExposureAnswer', additionalProperties: false, description: 'Where somebody fell.' },
);

/** Up to when results are wanted. */
export const ResultsQuery = Type.Object(
  { as_of: Type.Optional(instant('What was known by then; default: now.')) },
  { $id: 'ResultsQuery', additionalProperties: false, description: 'Up to when results are wanted.' },
);

/** What a plan is to be made of; the experiment says how many variants there are, how they share the units, and how it is looked at. */
export const PowerQuery = Type.Object(
  {
    base: Type.Number({ description: 'Conversion rate of control.', exclusiveMinimum: 0, exclusiveMaximum: 1, examples: [0.03] }),
    lift: Type.Optional(Type.Number({ description: 'Smallest relative lift worth knowing.', examples: [0.15] })),
    units: Type.Optional(
      Type.Number({
        description: 'Units per variant other than control: answers the smallest lift they show, or with `lift` the power.',
        minimum: 2,
        examples: [24000],
      }),
    ),
    per_day: Type.Optional(
      Type.Number({ description: 'Units a day over all variants: adds the duration.', exclusiveMinimum: 0, examples: [4000] }),
    ),
  },
  { $id: 'PowerQuery', additionalProperties: false, description: 'What a plan is to be made of.' },
);

/** A question of the OpenFeature Remote Evaluation Protocol. */
export const OfrepRequest = Type.Object(
  {
    context: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          '`targetingKey`: the unit; `user_id`, `anonymous_id`, `session_id` name it more exactly; the rest is for targeting.',
        examples: [{ targetingKey: 'd-77f2', country: 'DE' }],
      }),
    ),
  },
  { $id: 'OfrepRequest', additionalProperties: true, description: 'A question of the OpenFeature Remote Evaluation Protocol.' },
);

/** A flag, evaluated: each experiment is one, its value the variant’s name. */
export const OfrepEvaluation = Type.Object(
  {
    key: identifier('The experiment.', 'checkout-2026'),
    value: Type.String({ description: 'The variant; the control’s name for whoever takes no part.', examples: ['treatment'] }),
    variant: Type.Optional(Type.String({ description: 'Absent: takes no part.', examples: ['treatment'] })),
    reason: Type.String({ description: '`SPLIT`, `DEFAULT` (takes no part) or `DISABLED` (does not run).', examples: ['SPLIT'] }),
    metadata: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'Version, whether the unit was exposed, why it takes no part, its treatment.',
      examples: [{ version: 2, exposed: true }],
    }),
  },
  { $id: 'OfrepEvaluation', additionalProperties: false, description: 'A flag, evaluated.' },
);

/** Why a flag could not be evaluated. */
export const OfrepFailure = Type.Object(
  {
    key: Type.Optional(Type.String({ description: 'The flag; absent where all were asked.', examples: ['checkout-2026'] })),
    errorCode: Type.String({
      description: '`FLAG_NOT_FOUND`, `TARGETING_KEY_MISSING`, `INVALID_CONTEXT`, `PARSE_ERROR` or `GENERAL`.',
      examples: ['FLAG_NOT_FOUND'],
    }),
    errorDetails: Type.String({ description: 'In words.', examples: ['there is no experiment of this id'] }),
  },
  { $id: 'OfrepFailure', additionalProperties: false, description: 'Why a flag could not be evaluated.' },
);

/** Every flag, evaluated without exposing anybody. */
export const OfrepBulkAnswer = Type.Object(
  { flags: Type.Array(OfrepEvaluation, { description: 'Every experiment that runs.' }) },
  { $id: 'OfrepBulkAnswer', additionalProperties: false, description: 'Every flag, evaluated.' },
);

export type ExperimentConfig = Static<typeof ExperimentConfig>;
export type ExperimentEdit = Static<typeof ExperimentEdit>;
export type ExperimentMove = Static<typeof ExperimentMove>;
export type Experiment = Static<typeof Experiment>;
export type ExperimentsAnswer = Static<typeof ExperimentsAnswer>;
export type ExperimentDetail = Static<typeof ExperimentDetail>;
export type ExposureRequest = Static<typeof ExposureRequest>;
export type ExposureAnswer = Static<typeof ExposureAnswer>;
export type PowerQuery = Static<typeof PowerQuery>;
export type ResultsQuery = Static<typeof ResultsQuery>;
export type OfrepRequest = Static<typeof OfrepRequest>;
export type OfrepEvaluation = Static<typeof OfrepEvaluation>;
export type OfrepFailure = Static<typeof OfrepFailure>;
export type OfrepBulkAnswer = Static<typeof OfrepBulkAnswer>;
