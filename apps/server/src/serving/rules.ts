import { join } from 'node:path';
import { parseRules } from '@tillcast/core/decisions/parse-rules';
import type { Rule } from '@tillcast/core/decisions/rule';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { readYaml } from './read-yaml.ts';

/** The rules that answers are spoken with. */
export interface SpokenRules {
  readonly insights: readonly Rule[];
  readonly recommendations: readonly Rule[];
}

/** Where the shipped rules lie. */
export const shippedRules = join(import.meta.dirname, '..', '..', 'rules');

/** Reads one YAML file of rules. */
export function readRules(file: string, features?: Iterable<string>): readonly Rule[] {
  const data = readYaml(file);
  try {
    return parseRules(data, features);
  } catch (error) {
    throw error instanceof TillcastError
      ? new TillcastError('INPUT_INVALID', `${file}: ${error.message}`, { cause: error })
      : error;
  }
}

/** The shop's insight rules, or the shipped ones, and the shipped recommendations. */
export const readSpokenRules = (insightFile: string | undefined, features: Iterable<string>): SpokenRules => {
  const names = [...features];
  return {
    insights: readRules(insightFile ?? join(shippedRules, 'insights.yaml'), names),
    recommendations: readRules(join(shippedRules, 'recommendations.yaml'), names),
  };
};
