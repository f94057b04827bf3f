import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activationOf, compileRules } from '@tillcast/core/decisions/insights/compile-rules';
import { recommend } from '@tillcast/core/decisions/insights/speak';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { afterAll, describe, expect, it } from 'vitest';
import { readRuleFile } from '../../src/rules/read-rule-file.ts';
import { shippedRules } from '../../src/serving/rules.ts';

const features = featureCatalog.map(({ name }) => name);
const folder = mkdtempSync(join(tmpdir(), 'tillcast-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (text: string): string => {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, text);
  return file;
};
const shipped = (name: string) => readRuleFile(join(shippedRules, name), { features });

describe.each(['insights.yaml', 'recommendations.yaml'])('%s', (file) => {
  // Reading runs each rule's examples, and refuses the file where one fails.
  const { rules } = shipped(file);

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s is silent somewhere, and speaks English and German', (_id, rule) => {
    expect(rule.examples.some(({ fires }) => !fires)).toBe(true);
    expect([...rule.words.keys()]).toEqual(['en', 'de']);
  });
});

it('holds the rules of the reference, and a rule of every family', () => {
  const { rules } = shipped('insights.yaml');
  expect(rules.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['premium-placement', 'vip-treatment', 'follow-up-email', 'early-access', 'weekend', 'high-price']),
  );
  expect(new Set(rules.map(({ family }) => family))).toEqual(
    new Set(['intent', 'category', 'time', 'price', 'cart', 'loyalty', 'churn', 'stock', 'model']),
  );
});

it('some recommendation fires for every answer', () => {
  const compiled = compileRules(shipped('recommendations.yaml'));
  for (const probability of [0, 1e-6, 0.5, 1])
    expect(recommend(compiled, activationOf(compiled.asked, { probability }))).toBeTruthy();
});

describe('the version of a file', () => {
  const rule =
    'rules:\n  - { id: a, family: price, when: price > 5.0, text: t, action: a, examples: [{ facts: { price: 6 }, fires: true }] }';
  const versionOf = (text: string) => readRuleFile(written(text), {}).version;

  it('is that of its data: comments and the order of keys do not count, a bound does', () => {
    const reordered =
      'rules:\n  - { family: price, id: a, when: price > 5.0, action: a, text: t, examples: [{ fires: true, facts: { price: 6 } }] }';
    expect(versionOf(`# said\n${rule}`)).toBe(versionOf(rule));
    expect(versionOf(reordered)).toBe(versionOf(rule));
    expect(versionOf(rule.replace('5.0', '5.5'))).not.toBe(versionOf(rule));
  });
});

describe('a rule file that is wrong', () => {
  const rule = (when: string, more = '') =>
    `rules:\n  - {id: a, family: price, when: '${when}', text: t, action: a, examples: [{ facts: { price: 9 }, fires: true }]${more}}`;
  it.each([
    ['no YAML', 'rules: [', 'not YAML'],
    [
      'a feature that does not exist',
      rule('feature.astrology > 1.0'),
      'rules[0].when: no such fact or feature: feature.astrology',
    ],
    ['code', rule('globalThis.process.exit()'), 'rules[0].when'],
    ['an example that fails', rule('price > 10.0'), 'examples fail: a: {"price":9} should fire; mend the rule or its example'],
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nrules: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`,
      'not YAML',
    ],
  ])('%s', (_what, text, says) => {
    const file = written(text);
    expect(() => readRuleFile(file, { features })).toThrow(says);
    expect(() => readRuleFile(file, { features })).toThrow(file);
  });

  it('that is not there is named', () => expect(() => readRuleFile(join(folder, 'none.yaml'), {})).toThrow('none.yaml'));
});
