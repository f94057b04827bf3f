import { compileExpression } from '../decisions/rules/compile-expression.ts';
import { type Expression, type FactValue, factsAsked } from '../decisions/rules/expression.ts';
import type { Vocabulary } from '../decisions/rules/vocabulary.ts';

/** What targeting may ask: what a question says of itself, and `context.NAME` of whoever evaluates a flag (text). Nothing that an exposure could change. */
export const targetingVocabulary: Vocabulary = {
  facts: {
    target: { type: 'text', meaning: 'item or session' },
    price: { type: 'number', meaning: 'price asked about' },
    category: { type: 'text', meaning: 'category asked about' },
    top_category: { type: 'text', meaning: 'its broadest part' },
    brand: { type: 'text', meaning: 'brand asked about' },
    user_segment: { type: 'text', meaning: 'the shop’s own segment of the shopper, as asked' },
    hour: { type: 'number', meaning: 'hour of the day in the shop’s time zone, 0–23' },
    day_of_week: { type: 'number', meaning: '0 = Monday' },
    is_weekend: { type: 'truth', meaning: 'Saturday or Sunday' },
  },
  families: { context: { type: 'text', meaning: 'an attribute of the evaluation context, as text' } },
};

/** What is known of one asker, by the names of `targetingVocabulary`; absent = not known. */
export type TargetingFacts = Readonly<Record<string, FactValue | undefined>>;

/** Turns a condition into a function of facts. What rests on something that is not known is not targeted. */
export function openTargeting(expression: Expression): (facts: TargetingFacts) => boolean {
  const names = [...factsAsked(expression)];
  const holds = compileExpression(expression, (name) => names.indexOf(name));
  return (facts) => holds(names.map((name) => (Object.hasOwn(facts, name) ? facts[name] : undefined))) === true;
}
