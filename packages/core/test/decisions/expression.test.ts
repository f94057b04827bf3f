import { compileExpression } from '@tillcast/core/decisions/rules/compile-expression';
import { type Expression, type FactValue, factsAsked } from '@tillcast/core/decisions/rules/expression';
import { openSlots } from '@tillcast/core/decisions/rules/slots';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const value = (given: FactValue): Expression => ({ kind: 'value', value: given });
const fact = (name: string): Expression => ({ kind: 'fact', name });
const both = (left: Expression, right: Expression): Expression => ({ kind: 'all', of: [left, right] });
const either = (left: Expression, right: Expression): Expression => ({ kind: 'any', of: [left, right] });
const not = (of: Expression): Expression => ({ kind: 'not', of });

function ask(expression: Expression, facts: Readonly<Record<string, FactValue | undefined>>) {
  const { slotOf, names } = openSlots();
  const compiled = compileExpression(expression, slotOf);
  return compiled(names.map((name) => facts[name]));
}

const truths = [true, false, undefined];
const triples = truths.flatMap((a) => truths.map((b) => [a, b] as const));

describe('three-valued logic', () => {
  it.each(triples)('%s and %s are joined after Kleene', (a, b) => {
    const [left, right] = [fact('a'), fact('b')];
    const all = a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;
    const any = a === true || b === true ? true : a === undefined || b === undefined ? undefined : false;
    expect(ask(both(left, right), { a, b })).toBe(all);
    expect(ask(either(left, right), { a, b })).toBe(any);
    expect(ask(not(left), { a })).toBe(a === undefined ? undefined : !a);
    expect(ask({ kind: 'known', name: 'a' }, { a })).toBe(a !== undefined);
  });

  it('De Morgan holds, whatever is known', () => {
    const truth = fc.constantFrom(...truths);
    fc.assert(
      fc.property(truth, truth, (a, b) => {
        const facts = { a, b };
        expect(ask(not(both(fact('a'), fact('b'))), facts)).toBe(ask(either(not(fact('a')), not(fact('b'))), facts));
      }),
    );
  });

  it('what is asked of something unknown is unknown, in every position', () => {
    const unknown = fact('x');
    const asked: Expression[] = [
      { kind: 'compare', operator: '<', left: unknown, right: value(1) },
      { kind: 'compare', operator: '!=', left: value('a'), right: unknown },
      { kind: 'arithmetic', operator: '+', left: unknown, right: value(1) },
      { kind: 'in', of: unknown, values: ['a'] },
      { kind: 'choose', when: unknown, yes: value(true), no: value(false) },
      { kind: 'text', test: 'contains', of: unknown, part: value('a') },
      { kind: 'size', of: unknown },
      { kind: 'negative', of: unknown },
    ];
    for (const expression of asked) expect(ask(expression, {})).toBeUndefined();
    expect(ask({ kind: 'arithmetic', operator: '/', left: value(0), right: value(0) }, {})).toBeUndefined();
  });
});

it('a fact has one slot, however often it is asked for, and each is found', () => {
  const twice = both({ kind: 'compare', operator: '<', left: fact('a'), right: fact('b') }, not({ kind: 'known', name: 'a' }));
  expect([...factsAsked(twice)]).toEqual(['a', 'b']);
  const { slotOf, names } = openSlots();
  compileExpression(twice, slotOf);
  expect(names).toEqual(['a', 'b']);
});

it('sizes count code points, as CEL does', () => {
  expect(ask({ kind: 'size', of: value('a🛒') }, {})).toBe(2);
});
