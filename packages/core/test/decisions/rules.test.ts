import { failedExamples, firing, holds } from '@tillcast/core/decisions/evaluate';
import { fillText } from '@tillcast/core/decisions/fill-text';
import { insightsOf, recommendationOf } from '@tillcast/core/decisions/insights';
import { parseRules } from '@tillcast/core/decisions/parse-rules';
import type { Condition } from '@tillcast/core/decisions/rule';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const rule = (over: Record<string, unknown> = {}) => ({
  id: 'dear',
  when: { field: 'price', above: 500 },
  text: 'Price {price|money}.',
  action: 'Show instalments.',
  evidence: ['price'],
  examples: [{ facts: { price: 501 }, fires: true }],
  ...over,
});

describe('parsing rules', () => {
  it.each([
    ['a text for a list', { rules: 'x' }, 'rules: must be a list'],
    [
      'an unknown fact',
      { rules: [rule({ when: { field: 'prize', above: 1 } })] },
      'rules[0].when.field: no such fact or feature: prize',
    ],
    ['an unknown operator', { rules: [rule({ when: { field: 'price', '>': 1 } })] }, 'needs one operator beside field'],
    ['two operators', { rules: [rule({ when: { field: 'price', above: 1, below: 2 } })] }, 'needs one operator beside field'],
    ['an order on text', { rules: [rule({ when: { field: 'price', above: '500' } })] }, 'must be a finite number, not "500"'],
    [
      'an endless number',
      { rules: [rule({ when: { field: 'price', above: Number.POSITIVE_INFINITY } })] },
      'must be a finite number',
    ],
    ['an empty all', { rules: [rule({ when: { all: [] } })] }, 'rules[0].when.all: must not be empty'],
    ['a stranger', { rules: [rule({ code: 'process.exit()' })] }, 'rules[0].code: is not a field of a rule'],
    ['the same id twice', { rules: [rule(), rule()] }, 'the id "dear" is there twice'],
    ['a hole without a fact', { rules: [rule({ text: '{prize}' })] }, '{prize} is no fact or feature'],
    ['a hole without a format', { rules: [rule({ text: '{price|bold}' })] }, 'no format "bold"'],
    ['no text', { rules: [rule({ text: ' ' })] }, 'rules[0].text: must be a text'],
  ])('refuses %s, naming the place', (_what, data, message) => {
    expect(() => parseRules(data)).toThrow(message);
  });

  it('refuses a feature the catalogue does not hold, when it knows the catalogue', () => {
    const data = { rules: [rule({ when: { field: 'feature.cart_adds', above: 1 } })] };
    expect(parseRules(data, ['cart_adds'])).toHaveLength(1);
    expect(() => parseRules(data, ['views'])).toThrow('no such fact or feature: feature.cart_adds');
  });

  it('refuses conditions nested out of reach', () => {
    let when: unknown = { field: 'price', above: 1 };
    for (let depth = 0; depth < 10; depth++) when = { not: when };
    expect(() => parseRules({ rules: [rule({ when })] })).toThrow('nested deeper');
  });
});

describe('evaluating rules', () => {
  it('an unknown fact makes a comparison false, whatever the operator', () => {
    const [parsed] = parseRules({ rules: [rule({ when: { field: 'brand', not_equals: 'acme' } })] });
    expect(holds(parsed!.when, {})).toBe(false);
    expect(holds(parsed!.when, { brand: 'other' })).toBe(true);
    expect(holds(parsed!.when, { brand: Number.NaN })).toBe(false);
  });

  it('does not take what an object inherits for a fact', () => {
    const condition: Condition = { kind: 'compare', field: 'constructor', operator: 'not_equals', value: 'x' };
    expect(holds(condition, {})).toBe(false);
  });

  it('all, any and not are the logic they are named after', () => {
    const leaf = (above: number): Condition => ({ kind: 'compare', field: 'price', operator: 'above', value: above });
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (price, a, b) => {
        const facts = { price };
        expect(holds({ kind: 'all', of: [leaf(a), leaf(b)] }, facts)).toBe(price > a && price > b);
        expect(holds({ kind: 'any', of: [leaf(a), leaf(b)] }, facts)).toBe(price > a || price > b);
        expect(holds({ kind: 'not', of: leaf(a) }, facts)).toBe(price <= a);
      }),
    );
  });

  it('a rule that never fires on its examples is found, and one that fires where it should not', () => {
    const silent = parseRules({ rules: [rule({ examples: [{ facts: { price: 1 }, fires: false }] })] });
    expect(failedExamples(silent)).toEqual(['dear: no example in which it fires']);
    const wrong = parseRules({
      rules: [
        rule({
          when: { field: 'price', above: 50 },
          examples: [
            { facts: { price: 51 }, fires: false },
            { facts: { price: 52 }, fires: true },
          ],
        }),
      ],
    });
    expect(failedExamples(wrong)).toEqual(['dear: {"price":51} should not fire']);
  });
});

describe('saying what fired', () => {
  const rules = parseRules({
    rules: [rule(), rule({ id: 'any', when: { field: 'probability', at_least: 0 }, evidence: [], action: 'Wait.' })],
  });

  it('fills texts, gathers evidence, and shows what raised the answer most where a rule names nothing', () => {
    const facts = { price: 510, probability: 0.1, 'feature.views': 3, 'feature.cart': Number.NaN };
    const contributions = new Map([
      ['views', 0.2],
      ['cart', 0.7],
      ['age', -0.9],
    ]);
    expect(insightsOf(rules, facts, contributions)).toEqual([
      {
        rule: 'dear',
        text: 'Price 510.00.',
        action: 'Show instalments.',
        evidence: [{ feature: 'price', value: 510, contribution: null }],
      },
      {
        rule: 'any',
        text: 'Price 510.00.',
        action: 'Wait.',
        evidence: [
          { feature: 'cart', value: null, contribution: 0.7 },
          { feature: 'views', value: 3, contribution: 0.2 },
        ],
      },
    ]);
    expect(firing(rules, {})).toEqual([]);
  });

  it('recommends by the first rule that fires', () => {
    expect(recommendationOf(rules, { price: 501, probability: 0.2 })).toBe('Show instalments.');
    expect(recommendationOf(rules, { probability: 0.2 })).toBe('Wait.');
    expect(recommendationOf(rules, {})).toBeUndefined();
  });

  it('prints rates as people count', () => {
    expect(
      fillText('{band_rate|in_100} in 100, {lift|times}, {probability|percent}', {
        band_rate: 0.0634,
        lift: 3.14,
        probability: 0.0634,
      }),
    ).toBe('6.3 in 100, 3.1 ×, 6.34 %');
    expect(fillText('{band_rate|in_100} {brand} {brand}', { band_rate: 0.34, brand: '{price}' })).toBe('34 {price} {price}');
    expect(fillText('{band}', {})).toBe('unknown');
  });
});
