import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** A number within bounds; `name` is the flag's. Raises OPTION_INVALID. */
export function parseNumber(name: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high))
    throw new TillcastError('OPTION_INVALID', `${name} is "${text}"; give a number from ${low} to ${high}`);
  return value;
}

/** Names by commas, each once. */
export function parseNames(name: string, text: string): readonly string[] {
  const names = text.split(',').map((one) => one.trim());
  const wrong = names.find((one, i) => !/^[\w.-]{1,60}$/.test(one) || names.indexOf(one) !== i);
  if (wrong !== undefined)
    throw new TillcastError(
      'OPTION_INVALID',
      `${name} holds "${wrong}"; give different names of letters, digits, . _ -, separated by commas`,
    );
  return names;
}

/** Money by name: `coupon=4.2,message=0.1`. */
export function parseMoney(name: string, text: string | undefined, known: readonly string[]): Readonly<Record<string, number>> {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', amount = ''] = pair.split('=').map((part) => part.trim());
      if (!known.includes(key))
        throw new TillcastError('OPTION_INVALID', `${name} names "${key}"; known are ${known.join(', ')}`);
      return [key, parseNumber(`${name} ${key}`, amount, 0, 1e9)];
    }),
  );
}
