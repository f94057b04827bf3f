import Type, { type Static } from 'typebox';
import { instant } from './field.ts';

const family = () =>
  Type.Union(
    [
      Type.Literal('intent'),
      Type.Literal('category'),
      Type.Literal('time'),
      Type.Literal('price'),
      Type.Literal('cart'),
      Type.Literal('loyalty'),
      Type.Literal('churn'),
      Type.Literal('stock'),
      Type.Literal('model'),
    ],
    { description: 'What the rule is about.', examples: ['intent'] },
  );

const words = (description: string, example: string) =>
  Type.Union([Type.String({ minLength: 1, maxLength: 2_000 }), Type.Record(Type.String(), Type.String({ maxLength: 2_000 }))], {
    description: `${description} One text in the file’s language, or one a language; may hold {fact} or {fact|format}.`,
    examples: [example],
  });

const setName = (description: string) =>
  Type.String({ description, pattern: '^[a-z0-9][a-z0-9-]{0,63}$', maxLength: 64, examples: ['bold'] });

const count = (description: string) => Type.Integer({ description, minimum: 0 });

/** One rule as it stands in a file of insight rules. */
export const InsightRule = Type.Object(
  {
    id: Type.String({ description: 'Its name in answers.', pattern: '^[a-z0-9][a-z0-9-]{0,63}$', examples: ['high-price'] }),
    family: family(),
    when: Type.String({
      description: 'When it fires, in CEL over the facts of an answer; what rests on something unknown does not fire.',
      minLength: 1,
      maxLength: 2_000,
      examples: ['price > 500'],
    }),
    text: words('What it says.', 'High price ({price|money}): shoppers compare before they decide.'),
    action: words('What the shop can do.', 'Show instalments beside the price.'),
    evidence: Type.Optional(
      Type.Array(Type.String({ maxLength: 200 }), {
        description: 'Facts shown with value and contribution; none = the features that raised the answer most.',
        maxItems: 16,
      }),
    ),
    group: Type.Optional(
      Type.String({ description: 'Of a group, only the first that fires speaks.', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    ),
    priority: Type.Optional(Type.Integer({ description: 'Higher speaks first; default 0.', minimum: -1_000, maximum: 1_000 })),
    cap: Type.Optional(
      Type.Object(
        {
          times: Type.Integer({ description: 'So often at most.', minimum: 1, maximum: 100 }),
          within: Type.String({ description: 'ISO 8601.', maxLength: 64, examples: ['P1D'] }),
        },
        { additionalProperties: false, description: 'How often one shopper may be told.' },
      ),
    ),
    sets: Type.Optional(
      Type.Array(setName('One of them.'), {
        description:
          'The insight sets it speaks in; default: all. Who is in no experiment about insights hears the set `default`; a variant with the treatment `{kind: insights, id: SET}` hears that set.',
        minItems: 1,
        maxItems: 16,
        examples: [['default', 'bold']],
      }),
    ),
    examples: Type.Optional(
      Type.Array(
        Type.Object(
          {
            facts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
              description: 'Facts by name; the others are not known.',
            }),
            fires: Type.Boolean({ description: 'Whether the rule must fire on them.' }),
          },
          { additionalProperties: false },
        ),
        { description: 'The rule’s own tests; one at least in which it fires. Run whenever the file is read.', maxItems: 500 },
      ),
    ),
  },
  { $id: 'InsightRule', additionalProperties: false, description: 'One rule as it stands in a file of insight rules.' },
);

/** A file of insight rules, as data. */
export const InsightRuleFile = Type.Object(
  {
    language: Type.Optional(Type.String({ description: 'BCP 47; default en.', maxLength: 35, examples: ['en'] })),
    rules: Type.Array(InsightRule, { description: 'In the order in which they speak.', maxItems: 200 }),
  },
  { $id: 'InsightRuleFile', additionalProperties: false, description: 'A file of insight rules, as data.' },
);

/** The rules answers are spoken with now. */
export const InsightRulesAnswer = Type.Object(
  {
    version: Type.String({ description: 'Hash of the rules: the same rules, the same version.', examples: ['5f0c1d2e3a4b5c6d'] }),
    language: Type.String({ description: 'The file’s own language.', examples: ['en'] }),
    languages: Type.Array(Type.String(), { description: 'Languages that every rule speaks.', examples: [['en', 'de']] }),
    sets: Type.Array(Type.String(), {
      description: 'The insight sets that a variant can name: `default`, `none` (says nothing), and those of the rules.',
      examples: [['default', 'none', 'bold']],
    }),
    rules: Type.Array(
      Type.Object(
        {
          id: InsightRule.properties.id,
          family: family(),
          when: InsightRule.properties.when,
          text: Type.String({ description: 'What it says, in the file’s language.' }),
          action: Type.String({ description: 'What the shop can do, in the file’s language.' }),
          evidence: Type.Array(Type.String(), { description: 'Facts shown.' }),
          group: Type.Union([Type.String(), Type.Null()], { description: 'Null = it stands alone.' }),
          priority: Type.Integer({ description: 'Higher speaks first.' }),
          cap: Type.Union([Type.String(), Type.Null()], {
            description: 'How often one shopper may be told; null = always.',
            examples: ['1 in P1D'],
          }),
          sets: Type.Union([Type.Array(Type.String()), Type.Null()], {
            description: 'The insight sets it speaks in; null = all.',
            examples: [['default']],
          }),
          examples: count('Tests of its own.'),
        },
        { additionalProperties: false },
      ),
      { description: 'In the order in which they speak.', maxItems: 200 },
    ),
  },
  { $id: 'InsightRulesAnswer', additionalProperties: false, description: 'The rules answers are spoken with now.' },
);

/** Rules, and the answers of which they are asked. */
export const InsightSimulationRequest = Type.Object(
  {
    file: Type.Optional(InsightRuleFile),
    set: Type.Optional(setName('The insight set that speaks; default `default`.')),
    since: Type.Optional(instant('From when; default: 24 hours before `until`.')),
    until: Type.Optional(instant('Until when; default: now.')),
  },
  {
    $id: 'InsightSimulationRequest',
    additionalProperties: false,
    description: 'Rules (default: those in use), and the span of answers of which they are asked.',
  },
);

/** What rules would have said. */
export const InsightSimulation = Type.Object(
  {
    version: Type.String({ description: 'Hash of the rules.', examples: ['5f0c1d2e3a4b5c6d'] }),
    set: Type.String({ description: 'The insight set that spoke.', examples: ['default'] }),
    from: instant('From when.'),
    until: instant('Until when, not included.'),
    predictions: count('Answers looked at.'),
    cut: Type.Boolean({ description: 'Whether there were more answers than one simulation looks at.' }),
    not_logged: Type.Array(Type.String(), {
      description: 'Facts that rules ask for and no line of the log holds: here they are not known.',
      examples: [['user_segment']],
    }),
    rules: Type.Array(
      Type.Object(
        {
          id: InsightRule.properties.id,
          family: family(),
          when: InsightRule.properties.when,
          held: count('Answers for which the condition was true.'),
          told: count('Of these, answers that would have said it: after groups and caps.'),
          not_known: count('Answers for which it rested on something that was not known.'),
          labelled: count('Of those told, answers whose window has closed.'),
          bought: count(
            'Of these, how many bought. Who was told was not chosen by chance: this says nothing of what telling does.',
          ),
          share: Type.Union([Type.Array(Type.Number(), { minItems: 3, maxItems: 3 }), Type.Null()], {
            description: 'bought ÷ labelled: value, low, high (95 %, by shopper); null = none is labelled.',
            examples: [[0.06, 0.04, 0.09]],
          }),
          examples: Type.Array(Type.String(), { description: 'The first predictions it would have been said of.', maxItems: 3 }),
        },
        { additionalProperties: false },
      ),
      { description: 'In the order in which they speak.', maxItems: 200 },
    ),
  },
  { $id: 'InsightSimulation', additionalProperties: false, description: 'What rules would have said.' },
);

export type InsightRuleFile = Static<typeof InsightRuleFile>;
export type InsightRulesAnswer = Static<typeof InsightRulesAnswer>;
export type InsightSimulationRequest = Static<typeof InsightSimulationRequest>;
export type InsightSimulation = Static<typeof InsightSimulation>;
