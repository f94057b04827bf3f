import Type, { type Static } from 'typebox';

/** One reason behind an insight: what was measured, and how far it moved the answer. */
export const Evidence = Type.Object(
  {
    feature: Type.String({ description: 'Name of the feature or of the request’s field.', examples: ['session_cart_adds'] }),
    value: Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()], {
      description: 'Its value for this prediction; null = not known.',
      examples: [2],
    }),
    contribution: Type.Union([Type.Number(), Type.Null()], {
      description:
        'How far it moved the answer, in log-odds; null where it is no model feature or the answer goes without contributions.',
      examples: [0.81],
    }),
  },
  { $id: 'Evidence', additionalProperties: false, description: 'One reason behind an insight.' },
);

/** A rule that fired: what it says, why, and what to do. */
export const Insight = Type.Object(
  {
    rule: Type.String({ description: 'Id of the rule that fired.', examples: ['premium-placement'] }),
    text: Type.String({
      description: 'The insight, for people.',
      examples: ['Top 5 %: 6 in 100 such sessions bought within 24 hours.'],
    }),
    action: Type.String({
      description: 'What the shop can do.',
      examples: ['Give the item a premium placement for this shopper.'],
    }),
    evidence: Type.Array(Evidence, { description: 'What the rule rests on, strongest first.', maxItems: 16 }),
  },
  { $id: 'Insight', additionalProperties: false, description: 'A rule that fired: what it says, why, and what to do.' },
);

export type Evidence = Static<typeof Evidence>;
export type Insight = Static<typeof Insight>;
