import Type, { type Static } from 'typebox';
import { SeenInData } from './explain.ts';
import { chance, instant, target } from './field.ts';
import { CompleteRequest, InputIssue, ModelRef } from './predict.ts';

/** The most changes one question may hold. */
export const maxChanges = 16;

/** One input changed. */
export const WhatIfChange = Type.Object(
  {
    input: Type.String({
      description:
        'What is changed: `price`, `product_id`, `category_code`, `brand`, `hour` or `day_of_week` of the question (every feature that depends on it follows), or a feature by its name.',
      minLength: 1,
      maxLength: 128,
      examples: ['price'],
    }),
    value: Type.Union([Type.Number(), Type.String({ maxLength: 256 }), Type.Null()], {
      description: 'Its new value; null = not known (features only).',
      examples: [99],
    }),
  },
  { $id: 'WhatIfChange', additionalProperties: false, description: 'One input changed.' },
);

/** A question, and what is changed in it. */
export const WhatIfRequest = Type.Object(
  {
    request: CompleteRequest,
    changes: Type.Array(WhatIfChange, { description: 'The changes; each input once.', minItems: 1, maxItems: maxChanges }),
  },
  { $id: 'WhatIfRequest', additionalProperties: false, description: 'A question, and what is changed in it.' },
);

const outcome = (description: string) =>
  Type.Object(
    {
      purchase_probability: chance('Calibrated chance.'),
      log_odds: Type.Number({ description: 'Its log-odds.', examples: [-2.69] }),
    },
    { additionalProperties: false, description },
  );

/** How the model’s answer changes with its inputs. */
export const WhatIfAnswer = Type.Object(
  {
    before: outcome('The answer to the question as it is.'),
    after: outcome('The answer with all changes together.'),
    changes: Type.Array(
      Type.Object(
        {
          input: Type.String({ description: 'As asked.', examples: ['price'] }),
          value: Type.Union([Type.Number(), Type.String(), Type.Null()], { description: 'As asked.', examples: [99] }),
          purchase_probability: chance('The answer with this change alone.'),
          log_odds: Type.Number({ description: 'Its log-odds.', examples: [-2.6] }),
          difference: Type.Number({ description: 'Against `before`, in log-odds.', examples: [0.09] }),
          plausibility: SeenInData,
        },
        { additionalProperties: false },
      ),
      { description: 'Each change alone, as asked.', maxItems: maxChanges },
    ),
    together: Type.Number({ description: 'What all changes do in log-odds beyond the sum of each alone.', examples: [-0.01] }),
    plausibility: SeenInData,
    caution: Type.String({ description: 'What must not be read into it.' }),
    as_of: instant('The moment the answer is about.'),
    target: target('What is predicted.'),
    model: ModelRef,
    input_issues: Type.Array(InputIssue, { description: 'What the caller should know of the input.', maxItems: 32 }),
  },
  { $id: 'WhatIfAnswer', additionalProperties: false, description: 'How the model’s answer changes with its inputs.' },
);

export type WhatIfChange = Static<typeof WhatIfChange>;
export type WhatIfRequest = Static<typeof WhatIfRequest>;
export type WhatIfAnswer = Static<typeof WhatIfAnswer>;
