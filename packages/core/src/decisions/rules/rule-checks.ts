import { TillcastError } from '../../errors/tillcast-error.ts';

/** Refuses a file of rules, naming the place. */
export function refuseRule(at: string, what: string): never {
  throw new TillcastError('INPUT_INVALID', `${at}: ${what}`);
}

/** A value as it is shown in a refusal. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

/** The value as a plain object, or a refusal; with `keys`, another key is refused. */
export function asRecord(value: unknown, at: string, keys?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuseRule(at, `must be a mapping, not ${shown(value)}`);
  const stranger = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (stranger !== undefined) refuseRule(`${at}.${stranger}`, `is not a field here; those are ${keys!.join(', ')}`);
  return value as Readonly<Record<string, unknown>>;
}

/** The value as a text that says something, at most `most` characters, or a refusal. */
export function asText(value: unknown, at: string, most = 2_000): string {
  if (typeof value !== 'string' || value.trim() === '') return refuseRule(at, `must be a text, not ${shown(value)}`);
  const text = value.trim();
  return text.length <= most ? text : refuseRule(at, `has ${text.length} characters; at most ${most} are taken`);
}

/** The value as a list of at most `most`, or a refusal. */
export function asList(value: unknown, at: string, most = 500): readonly unknown[] {
  if (!Array.isArray(value)) return refuseRule(at, `must be a list, not ${shown(value)}`);
  return value.length <= most ? value : refuseRule(at, `holds ${value.length} entries; at most ${most} are taken`);
}

/** The value as a whole number within bounds, or a refusal. */
export const asWhole = (value: unknown, at: string, least: number, most: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? value
    : refuseRule(at, `must be a whole number from ${least} to ${most}, not ${shown(value)}`);

const idPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** The value as an id, or a refusal. */
export const asId = (value: unknown, at: string): string =>
  typeof value === 'string' && idPattern.test(value)
    ? value
    : refuseRule(at, `must be an id of small letters, digits and hyphens, at most 64, not ${shown(value)}`);

/** Refuses what is there twice. */
export function refuseTwice(ids: readonly string[], at: string): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) refuseRule(at, `the id "${twice}" is there twice`);
}

/** The value as a language (BCP 47), or a refusal. */
export function asLanguage(value: unknown, at: string): string {
  try {
    if (typeof value === 'string' && Intl.getCanonicalLocales(value).length === 1) return value;
  } catch {
    // Told below.
  }
  return refuseRule(at, `must be a language such as en or de, not ${shown(value)}`);
}

/** A text in the file's language, or one for each language, by language; or a refusal. */
export function asTexts(value: unknown, at: string, language: string): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([[language, asText(value, at)]]);
  const texts = Object.entries(asRecord(value, at)).map(
    ([name, text]) => [asLanguage(name, `${at}.${name}`), asText(text, `${at}.${name}`)] as const,
  );
  if (!texts.some(([name]) => name === language)) refuseRule(at, `has no text in the file’s language, ${language}; add it`);
  return new Map(texts);
}
