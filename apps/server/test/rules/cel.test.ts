import { Environment } from '@marcbachmann/cel-js';
import { insightVocabulary } from '@tillcast/core/decisions/insights/facts';
import { compileExpression } from '@tillcast/core/decisions/rules/compile-expression';
import type { Expression, FactValue } from '@tillcast/core/decisions/rules/expression';
import { openSlots } from '@tillcast/core/decisions/rules/slots';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCel } from '../../src/rules/cel.ts';

const vocabulary = insightVocabulary({ features: ['session_views'], treatments: ['email', '10 % off'] });
const parse = openCel(vocabulary);
const read = (text: string): Expression => parse(text, 'rules[0].when');

function ask(text: string, facts: Readonly<Record<string, FactValue | undefined>>, make = read) {
  const { slotOf, names } = openSlots();
  const compiled = compileExpression(make(text), slotOf);
  return compiled(names.map((name) => facts[name]));
}

describe('conditions in CEL', () => {
  it.each([
    ['price > 500', { price: 500.5 }, true],
    ['price > 500.0 && brand in ["acme", "zed"]', { price: 501, brand: 'acme' }, true],
    ['price > 500.0 || brand == "acme"', { brand: 'acme' }, true],
    ['price > 500.0 || brand == "acme"', { brand: 'other' }, undefined],
    ['!(price > 500.0)', {}, undefined],
    ['is_weekend ? hour >= 9.0 : hour >= 18', { is_weekend: true, hour: 10 }, true],
    ['category.startsWith("home.") && !category.contains("lamp")', { category: 'home.sofa' }, true],
    ['known(brand) == false', {}, true],
    ['has(feature.session_views) && feature["session_views"] >= 2.0', { 'feature.session_views': 2 }, true],
    ['expected_profit["10 % off"] > 0.0', { 'expected_profit.10 % off': 1 }, true],
    ['probability * (price - 10.0) > 0.5', { probability: 0.1, price: 20 }, true],
    ['size(brand) <= 4 && -price < 0.0', { brand: 'acme', price: 1 }, true],
  ])('%s', (text, facts, holds) => expect(ask(text, facts)).toBe(holds));

  it.each([
    ['code', 'process.exit()', 'Unknown variable: process'],
    ['a fact that does not exist', 'prize > 1.0', 'Unknown variable: prize; no such fact or feature'],
    ['a feature that does not exist', 'feature.luck > 1.0', 'no such fact or feature: feature.luck; feature has session_views'],
    ['a treatment nobody priced', 'expected_profit.sms > 0.0', 'expected_profit.sms; expected_profit has 10 % off, email'],
    ['an order on texts and numbers', 'price > "500"', 'no such overload'],
    ['a whole number where a fraction is due', 'price == 500', 'write 1.0 for 1'],
    ['no truth', 'price', 'is a double; a condition must be true or false'],
    ['an endless number', 'price > 1e999', 'Invalid number'],
    ['a regular expression', 'brand.matches("(a+)+$")', 'there is no .matches()'],
    ['a loop', '[1.0].exists(x, x > 0.5)', 'there is no .exists()'],
    ['the clock', 'timestamp("2026-01-01T00:00:00Z") < timestamp("2027-01-01T00:00:00Z")', 'there is no timestamp()'],
    ['nothing that ends', 'price >', 'Unexpected token'],
    [
      'more depth than a person reads',
      `${'('.repeat(40)}true${')'.repeat(40)}`,
      'Exceeded maxDepth (24); split it into several rules',
    ],
    [
      'more parts than a person reads',
      Array.from({ length: 101 }, () => 'is_weekend').join(' || '),
      'Exceeded maxAstNodes (200)',
    ],
    ['a text without end', `brand == "${'x'.repeat(2_000)}"`, 'at most 2000 characters'],
    ['whole numbers reckoned with', '1 + 2 > 2', '+ is for numbers with a fraction alone'],
    ['a number that is not exact', 'price > 9007199254740993', 'too large'],
    ['what objects inherit', 'feature.constructor > 1.0', 'no such fact or feature: feature.constructor'],
    ['__proto__', '__proto__ == 1.0', 'Reserved identifier'],
  ])('refuses %s, naming the place and the remedy', (_what, text, says) => {
    expect(() => read(text)).toThrow(says);
    expect(() => read(text)).toThrow('rules[0].when');
  });
});

const number = fc.oneof(
  fc.constantFrom('price', 'probability', 'hour'),
  fc
    .double({ min: -9, max: 9, noNaN: true })
    .map((value) => (Object.is(value, -0) ? '0.0' : Number.isInteger(value) ? `${value}.0` : String(value))),
);
const text = fc.oneof(fc.constantFrom('brand', 'category'), fc.constantFrom('"a"', '"ab"', '""', '"🛒"'));
const { condition } = fc.letrec<{ condition: string; number: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/'), tie('number')).map(([a, o, b]) => `(${a} ${o} ${b})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('is_weekend', 'available', 'true'),
    fc.tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number')).map((parts) => parts.join(' ')),
    fc.tuple(text, fc.constantFrom('==', '!=', '<', '>='), text).map((parts) => parts.join(' ')),
    fc.tuple(text, fc.constantFrom('startsWith', 'endsWith', 'contains'), text).map(([a, method, b]) => `${a}.${method}(${b})`),
    fc
      .tuple(
        text,
        fc.array(
          text.filter((one) => one.startsWith('"')),
          { minLength: 1, maxLength: 3 },
        ),
      )
      .map(([a, list]) => `${a} in [${list}]`),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(([a, o, b]) => `(${a} ${o} ${b})`),
    tie('condition').map((inner) => `!(${inner})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));
const facts = fc.record({
  price: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  probability: fc.double({ noNaN: true, min: 0, max: 1 }),
  hour: fc.integer({ min: 0, max: 23 }),
  brand: fc.constantFrom('a', 'ab', 'b', ''),
  category: fc.constantFrom('a', 'ab', '🛒'),
  is_weekend: fc.boolean(),
  available: fc.boolean(),
});

/** The library's own evaluation: the oracle of ours where every fact is known. */
const library = new Environment()
  .registerVariable('price', 'double')
  .registerVariable('probability', 'double')
  .registerVariable('hour', 'double')
  .registerVariable('brand', 'string')
  .registerVariable('category', 'string')
  .registerVariable('is_weekend', 'bool')
  .registerVariable('available', 'bool');

/** Whether ours and the library's agree on random conditions and facts, with one way of reading replaced. */
const agrees = (make: typeof read, runs: number) => () =>
  fc.assert(
    fc.property(condition, facts, (source, known) => {
      fc.pre(source.length < 1_500);
      let expression: Expression;
      try {
        expression = make(source);
      } catch (error) {
        // Too deep or too large: refused by name.
        expect((error as Error).message).toMatch(/Exceeded/);
        return;
      }
      const ours = ask(source, known, () => expression);
      // 0 / 0 is NaN in CEL, whose comparisons are false; we call it unknown.
      if (ours !== undefined) expect(ours).toBe(library.evaluate(source, known));
    }),
    { numRuns: runs, seed: 7 },
  );

describe('conditions as the library itself evaluates them', () => {
  it('agree on random conditions, and none throws', agrees(read, 2_000));

  it('the comparison notices a reading that swaps < and <=', () => {
    const swapped = (source: string): Expression =>
      JSON.parse(JSON.stringify(read(source)).replaceAll('"operator":"<="', '"operator":"<"')) as Expression;
    expect(agrees(swapped, 2_000)).toThrow();
  });
});

it('with facts missing, a condition never throws, and what is missing changes no answer that was certain', () => {
  fc.assert(
    fc.property(condition, facts, fc.subarray(Object.keys({ price: 0, brand: 0, is_weekend: 0 })), (source, known, missing) => {
      fc.pre(source.length < 1_500);
      let expression: Expression;
      try {
        expression = read(source);
      } catch {
        return;
      }
      const partial = Object.fromEntries(Object.entries(known).filter(([name]) => !missing.includes(name)));
      const [whole, part] = [known, partial].map((given) => ask(source, given, () => expression));
      if (part !== undefined) expect(part).toBe(whole);
    }),
    { numRuns: 500, seed: 11 },
  );
});
