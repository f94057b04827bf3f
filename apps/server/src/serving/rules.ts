import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRules } from '@tillcast/core/decisions/parse-rules';
import type { Rule } from '@tillcast/core/decisions/rule';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parse } from 'yaml';

/** The rules that answers are spoken with. */
export interface SpokenRules {
  readonly insights: readonly Rule[];
  readonly recommendations: readonly Rule[];
}

/** Where the shipped rules lie. */
export const shippedRules = join(import.meta.dirname, '..', '..', 'rules');

const maxBytes = 262_144;

/** Reads one YAML file of rules. Aliases are limited, so that a small file cannot grow in memory. */
export function readRules(file: string, features?: Iterable<string>): readonly Rule[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  }
  if (text.length > maxBytes) throw new TillcastError('INPUT_INVALID', `${file}: a rule file holds at most ${maxBytes} bytes`);
  let data: unknown;
  try {
    data = parse(text, { maxAliasCount: 16 });
  } catch (error) {
    throw new TillcastError('INPUT_INVALID', `${file}: not YAML: ${(error as Error).message}`, { cause: error });
  }
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
