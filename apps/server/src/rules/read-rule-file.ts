import { createHash } from 'node:crypto';
import { compileRules, failedExamples } from '@tillcast/core/decisions/insights/compile-rules';
import { insightVocabulary } from '@tillcast/core/decisions/insights/facts';
import { parseRules } from '@tillcast/core/decisions/insights/parse-rules';
import type { RuleFile } from '@tillcast/core/decisions/insights/rule';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { readYaml } from '../serving/read-yaml.ts';
import { openCel } from './cel.ts';

/** A file of insight rules, checked, with the version that its content gives it. */
export interface VersionedRules extends RuleFile {
  /** First 16 hexadecimal digits of the SHA-256 of its data; comments and layout do not count. */
  readonly version: string;
}

/** What rules may name; left out = anything. */
export interface RuleNames {
  readonly features?: Iterable<string> | undefined;
  readonly treatments?: Iterable<string> | undefined;
}

/** One text for equal data: keys in order, whatever their order in the file. */
const canonical = (data: unknown): string =>
  JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** The version of data: the same data, the same version. */
export const versionOf = (data: unknown): string => createHash('sha256').update(canonical(data)).digest('hex').slice(0, 16);

/**
 * Reads rules from data: checked, compiled once to see that they do, and run on their own examples. INPUT_INVALID names `from`, the place, and the
 * remedy; rules whose examples fail are refused.
 */
export function rulesFrom(data: unknown, names: RuleNames, from: string): VersionedRules {
  try {
    const vocabulary = insightVocabulary(names);
    const file = parseRules(data, { vocabulary, parseExpression: openCel(vocabulary) });
    compileRules(file);
    const failed = failedExamples(file);
    if (failed.length > 0)
      throw new TillcastError('INPUT_INVALID', `examples fail: ${failed.slice(0, 5).join('; ')}; mend the rule or its example`);
    return { ...file, version: versionOf(data) };
  } catch (error) {
    throw error instanceof TillcastError
      ? new TillcastError('INPUT_INVALID', `${from}: ${error.message}`, { cause: error })
      : error;
  }
}

/** The same from a YAML file. */
export const readRuleFile = (file: string, names: RuleNames): VersionedRules => rulesFrom(readYaml(file), names, file);
