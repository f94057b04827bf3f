import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InsightRuleFile } from '@tillcast/api/insight-rules';
import { insightFacts } from '@tillcast/core/decisions/insights/facts';
import { families } from '@tillcast/core/decisions/insights/rule';
import { describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { readYaml } from '../../src/serving/read-yaml.ts';
import { shippedRules } from '../../src/serving/rules.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the JSON Schema of rule files', () => {
  const check = compileChecker(InsightRuleFile);

  it('is the one in contracts/', () => {
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Insight rules', ...InsightRuleFile };
    expect(read('contracts/insight-rules.schema.json')).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });

  it.each(['insights.yaml', 'recommendations.yaml'])('takes the shipped %s', (file) => {
    expect(check(readYaml(join(shippedRules, file)))).toEqual([]);
  });

  it.each([
    ['a stranger', { rules: [{ id: 'a', family: 'price', when: 'x', text: 't', action: 'a', code: 'x' }] }],
    ['a family that is none', { rules: [{ id: 'a', family: 'magic', when: 'x', text: 't', action: 'a' }] }],
    [
      'a cap of no times',
      { rules: [{ id: 'a', family: 'price', when: 'x', text: 't', action: 'a', cap: { times: 0, within: 'P1D' } }] },
    ],
  ])('refuses %s, as reading the file does', (_what, file) => expect(check(file)).not.toEqual([]));

  it('knows the families that rules know', () => {
    const { properties } = InsightRuleFile.properties.rules.items;
    expect(properties.family.anyOf.map((one) => one.const)).toEqual([...families]);
  });
});

it('the guide explains every fact', () => {
  const guide = read('docs/guides/insights.md');
  for (const name of Object.keys(insightFacts)) expect(guide).toContain(`\`${name}\``);
});
