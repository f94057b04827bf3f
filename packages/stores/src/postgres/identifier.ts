import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** The schema all tables lie in where nothing else is said. */
export const defaultSchema = 'tillcast';

/** A name quoted for SQL. Names are ours, or an operator's: lower-case letters, digits and underscores, at most 48 characters. */
export function quoted(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,47}$/.test(name))
    throw new TillcastError(
      'OPTION_INVALID',
      `the schema is ${JSON.stringify(name)}; it must be lower-case letters, digits and underscores`,
    );
  return `"${name}"`;
}
