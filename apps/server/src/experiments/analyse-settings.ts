import { readFileSync } from 'node:fs';
import { ExperimentAnalysisSettings } from '@tillcast/api/experiment-analysis';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { parse } from 'yaml';
import { compileChecker } from '../http/validation.ts';

const check = compileChecker(ExperimentAnalysisSettings);
const known = Object.keys(ExperimentAnalysisSettings.properties);
const maxBytes = 262_144;

/** Settings of an analysis as they stand in a file, checked, and which of its fields belong to the experiment alone. */
export interface ReadSettings {
  readonly settings: ExperimentAnalysisSettings;
  readonly ignored: readonly string[];
}

/** Reads a YAML or JSON file of analysis settings; refuses what is wrong by field, value and remedy. */
export function readAnalysisSettings(file: string): ReadSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TillcastError('FILE_NOT_READABLE', `${file}: ${(error as Error).message}`, { cause: error });
  }
  if (text.length > maxBytes)
    throw new TillcastError('INPUT_INVALID', `${file}: a configuration holds at most ${maxBytes} bytes`);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 16 });
  } catch (error) {
    throw new TillcastError('INPUT_INVALID', `${file}: neither YAML nor JSON: ${(error as Error).message}`, { cause: error });
  }
  return checkAnalysisSettings(value ?? {}, file);
}

/** Checks settings that came from anywhere; `where` names them in messages. */
export function checkAnalysisSettings(value: unknown, where: string): ReadSettings {
  const faults = check(value);
  if (faults.length > 0) {
    const told = faults.slice(0, 5).map(({ pointer, detail }) => `${pointer || '/'} ${detail}, not ${shown(value, pointer)}`);
    throw new TillcastError('INPUT_INVALID', `${where}: ${told.join('; ')}`);
  }
  const settings = value as ExperimentAnalysisSettings;
  const ignored = Object.keys(settings).filter((key) => !known.includes(key));
  const typo = ignored.flatMap((key) => known.filter((name) => isNear(key, name)).map((name) => [key, name]))[0];
  if (typo !== undefined)
    throw new TillcastError('INPUT_INVALID', `${where}: /${typo[0]} is no setting; "${typo[1]}" was meant?`);
  return { settings, ignored };
}

function shown(value: unknown, pointer: string): string {
  let at = value;
  for (const key of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return 'nothing';
    at = (at as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return (JSON.stringify(at) ?? 'nothing').slice(0, 80);
}

/** Whether two names differ by a plural, a letter left out or one too many. */
const isNear = (a: string, b: string): boolean =>
  Math.abs(a.length - b.length) === 1 && isWithoutOne(...(a.length > b.length ? ([a, b] as const) : ([b, a] as const)));

function isWithoutOne(long: string, short: string): boolean {
  let at = 0;
  while (at < short.length && long[at] === short[at]) at++;
  return long.slice(at + 1) === short.slice(at);
}
