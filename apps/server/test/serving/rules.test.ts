import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failedExamples, holds } from '@tillcast/core/decisions/evaluate';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { afterAll, describe, expect, it } from 'vitest';
import { readRules, shippedRules } from '../../src/serving/rules.ts';

const names = featureCatalog.map(({ name }) => name);
const folder = mkdtempSync(join(tmpdir(), 'tillcast-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (text: string): string => {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, text);
  return file;
};

describe.each(['insights.yaml', 'recommendations.yaml'])('%s', (file) => {
  const rules = readRules(join(shippedRules, file), names);

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s fires on its examples and nowhere else', (_id, rule) => {
    expect(failedExamples([rule])).toEqual([]);
    expect(
      rule.examples.some(({ fires }) => !fires),
      'an example in which it must stay silent',
    ).toBe(true);
  });
});

it('holds the rules of the reference', () => {
  const ids = readRules(join(shippedRules, 'insights.yaml'), names).map(({ id }) => id);
  expect(ids).toEqual(
    expect.arrayContaining(['premium-placement', 'vip-treatment', 'follow-up-email', 'early-access', 'weekend', 'high-price']),
  );
});

it('some recommendation fires for every answer', () => {
  const rules = readRules(join(shippedRules, 'recommendations.yaml'), names);
  for (const probability of [0, 1e-6, 0.5, 1]) expect(rules.some((rule) => holds(rule.when, { probability }))).toBe(true);
});

describe('a rule file that is wrong', () => {
  it.each([
    ['no YAML', 'rules: [', 'not YAML'],
    [
      'a feature that does not exist',
      'rules:\n  - {id: a, when: {field: feature.astrology, above: 1}, text: t, action: a}',
      'rules[0].when.field: no such fact or feature: feature.astrology',
    ],
    ['code', 'rules:\n  - {id: a, when: "price > 5", text: t, action: a}', 'rules[0].when: must be a mapping'],
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nrules: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`,
      'not YAML',
    ],
  ])('%s', (_what, text, says) => {
    const file = written(text);
    expect(() => readRules(file, names)).toThrow(says);
    expect(() => readRules(file, names)).toThrow(file);
  });

  it('that is not there is named', () => expect(() => readRules(join(folder, 'none.yaml'))).toThrow('none.yaml'));
});
