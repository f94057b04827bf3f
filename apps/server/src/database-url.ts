import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Env, settingOrFile } from './setting-or-file.ts';

/** The address of the PostgreSQL to keep things in: DATABASE_URL, or the content of DATABASE_URL_FILE. Undefined or empty: the data directory keeps them. */
export function readDatabaseUrl(env: Env): string | undefined {
  const url = settingOrFile(env, 'DATABASE_URL');
  if (url === undefined || url === '') return undefined;
  // The value holds a password, so the message must not.
  if (!URL.canParse(url) || !['postgres:', 'postgresql:'].includes(new URL(url).protocol))
    throw new TillcastError('OPTION_INVALID', 'DATABASE_URL is no address such as postgres://user:password@host:5432/database');
  return url;
}
