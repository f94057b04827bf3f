import type { Arithmetic, Comparison, Expression, FactValue, TextTest } from './expression.ts';

/** The facts of one question by slot; undefined = not known. */
export type Activation = readonly (FactValue | undefined)[];

/** A condition or a part of one, ready to be asked; undefined = what it rests on is not known. */
export type Compiled = (facts: Activation) => FactValue | undefined;

/** Where a fact stands in an activation. */
export type SlotOf = (name: string) => number;

type Operands = (left: Compiled, right: Compiled) => Compiled;

// Both sides are of one type, which TypeScript cannot know: `as number` stands for "of the same ordered type".
const comparing =
  (compare: (left: number, right: number) => boolean): Operands =>
  (left, right) =>
  (facts) => {
    const a = left(facts);
    if (a === undefined) return undefined;
    const b = right(facts);
    return b === undefined ? undefined : compare(a as number, b as number);
  };

const comparisons: Readonly<Record<Comparison, Operands>> = {
  '<': comparing((a, b) => a < b),
  '<=': comparing((a, b) => a <= b),
  '>': comparing((a, b) => a > b),
  '>=': comparing((a, b) => a >= b),
  '==': comparing((a, b) => a === b),
  '!=': comparing((a, b) => a !== b),
};

/** What has no value (0 / 0) is not known. */
const orUnknown = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

const reckoning =
  (reckon: (left: number, right: number) => number): Operands =>
  (left, right) =>
  (facts) => {
    const a = left(facts);
    const b = right(facts);
    return a === undefined || b === undefined ? undefined : orUnknown(reckon(a as number, b as number));
  };

const arithmetic: Readonly<Record<Arithmetic, Operands>> = {
  '+': reckoning((a, b) => a + b),
  '-': reckoning((a, b) => a - b),
  '*': reckoning((a, b) => a * b),
  '/': reckoning((a, b) => a / b),
};

const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

/** CEL's `&&` and `||`: what decides alone decides, even beside what is not known. */
function joining(decides: boolean, left: Compiled, right: Compiled): Compiled {
  return (facts) => {
    const a = left(facts);
    if (a === decides) return decides;
    const b = right(facts);
    if (b === decides) return decides;
    return a === undefined || b === undefined ? undefined : !decides;
  };
}

function isIn(of: Compiled, values: readonly FactValue[]): Compiled {
  const set: ReadonlySet<FactValue> = new Set(values);
  return (facts) => {
    const value = of(facts);
    return value === undefined ? undefined : set.has(value);
  };
}

const negating =
  (of: Compiled): Compiled =>
  (facts) => {
    const value = of(facts);
    return value === undefined ? undefined : -(value as number);
  };

const inverting =
  (of: Compiled): Compiled =>
  (facts) => {
    const value = of(facts);
    return value === undefined ? undefined : !value;
  };

const sizing =
  (of: Compiled): Compiled =>
  (facts) => {
    const value = of(facts);
    // CEL counts code points, not UTF-16 units.
    return value === undefined ? undefined : [...(value as string)].length;
  };

function choosing(when: Compiled, yes: Compiled, no: Compiled): Compiled {
  return (facts) => {
    const isSo = when(facts);
    if (isSo === undefined) return undefined;
    return isSo ? yes(facts) : no(facts);
  };
}

function testing(test: TextTest, of: Compiled, part: Compiled): Compiled {
  const holds = textTests[test];
  return (facts) => {
    const text = of(facts);
    const piece = part(facts);
    return text === undefined || piece === undefined ? undefined : holds(text as string, piece as string);
  };
}

function reading(slot: number): Compiled {
  return (facts) => facts[slot];
}

/**
 * Turns a checked expression into closures over an activation, once, so that asking it costs nanoseconds. Logic is that of CEL with "not known" where
 * CEL has an error (three-valued, after Kleene): it spreads, unless the other side of `&&` or `||` decides alone.
 */
export function compileExpression(expression: Expression, slotOf: SlotOf): Compiled {
  const compile = (part: Expression): Compiled => compileExpression(part, slotOf);
  switch (expression.kind) {
    case 'value': {
      const { value } = expression;
      return () => value;
    }
    case 'fact':
      return reading(slotOf(expression.name));
    case 'known': {
      const slot = slotOf(expression.name);
      return (facts) => facts[slot] !== undefined;
    }
    case 'not':
      return inverting(compile(expression.of));
    case 'negative':
      return negating(compile(expression.of));
    case 'all':
    case 'any':
      return joining(expression.kind === 'any', compile(expression.of[0]), compile(expression.of[1]));
    case 'compare':
      return comparisons[expression.operator](compile(expression.left), compile(expression.right));
    case 'arithmetic':
      return arithmetic[expression.operator](compile(expression.left), compile(expression.right));
    case 'in':
      return isIn(compile(expression.of), expression.values);
    case 'choose':
      return choosing(compile(expression.when), compile(expression.yes), compile(expression.no));
    case 'text':
      return testing(expression.test, compile(expression.of), compile(expression.part));
    case 'size':
      return sizing(compile(expression.of));
  }
}
