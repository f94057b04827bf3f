/** A value a rule can ask about; a number is finite or infinite, never NaN. */
export type FactValue = number | string | boolean;

/** What a fact can be: CEL's `double`, `string` and `bool`. */
export type FactType = 'number' | 'text' | 'truth';

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';
export type Arithmetic = '+' | '-' | '*' | '/';
export type TextTest = 'startsWith' | 'endsWith' | 'contains';

/**
 * A checked condition: a tree of finite size without loops, calls or code, so that it always ends, cannot throw, and costs at most its number of nodes.
 * Its types were checked when it was made: both sides of a comparison are of one type, arithmetic is of numbers.
 */
export type Expression =
  | { readonly kind: 'value'; readonly value: FactValue }
  | { readonly kind: 'fact'; readonly name: string }
  /** Whether the fact is known: always true or false. */
  | { readonly kind: 'known'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'all' | 'any'; readonly of: readonly [Expression, Expression] }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'arithmetic'; readonly operator: Arithmetic; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly values: readonly FactValue[] }
  | { readonly kind: 'choose'; readonly when: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'text'; readonly test: TextTest; readonly of: Expression; readonly part: Expression }
  | { readonly kind: 'size'; readonly of: Expression };

const partsOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'value':
    case 'fact':
    case 'known':
      return [];
    case 'not':
    case 'negative':
    case 'in':
    case 'size':
      return [expression.of];
    case 'all':
    case 'any':
      return expression.of;
    case 'compare':
    case 'arithmetic':
      return [expression.left, expression.right];
    case 'choose':
      return [expression.when, expression.yes, expression.no];
    case 'text':
      return [expression.of, expression.part];
  }
};

/** The names of the facts an expression asks for, each once. */
export function factsAsked(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const collect = (part: Expression): void => {
    if (part.kind === 'fact' || part.kind === 'known') names.add(part.name);
    partsOf(part).forEach(collect);
  };
  collect(expression);
  return names;
}

/** Reads the text of a condition; INPUT_INVALID names `at`, what is wrong and the remedy. Given by whoever knows the language. */
export type ParseExpression = (text: string, at: string) => Expression;
