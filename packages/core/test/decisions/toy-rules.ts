import { insightVocabulary } from '@tillcast/core/decisions/insights/facts';
import { parseRules, type RuleReading } from '@tillcast/core/decisions/insights/parse-rules';
import type { Expression, ParseExpression } from '@tillcast/core/decisions/rules/expression';
import { refuseRule } from '@tillcast/core/decisions/rules/rule-checks';

/** Reads `price > 500`, and nothing else: the tests of rules need a language, not CEL, which the server's tests cover. */
export const parseComparison: ParseExpression = (text, at): Expression => {
  const [, name, operator, bound] = /^([\w.]+) (>=|>) ([\d.]+)$/.exec(text) ?? [];
  if (name === undefined) return refuseRule(at, `${text} is no condition`);
  return {
    kind: 'compare',
    operator: operator as '>' | '>=',
    left: { kind: 'fact', name },
    right: { kind: 'value', value: Number(bound) },
  };
};

export const reading = (features?: readonly string[]): RuleReading => ({
  vocabulary: insightVocabulary({ features }),
  parseExpression: parseComparison,
});

/** A rule as it stands in a file. */
export const written = (over: Record<string, unknown> = {}) => ({
  id: 'dear',
  family: 'price',
  when: 'price > 500',
  text: 'Price {price|money}.',
  action: 'Show instalments.',
  evidence: ['price'],
  examples: [{ facts: { price: 501 }, fires: true }],
  ...over,
});

/** A file of these rules, read. */
export const fileOf = (...rules: Record<string, unknown>[]) => parseRules({ rules }, reading());
