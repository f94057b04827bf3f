import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Env, settingOrFile } from './setting-or-file.ts';

/** The address of the Redis that processes share: REDIS_URL, or the content of REDIS_URL_FILE. Undefined or empty: this process serves alone. */
export function readRedisUrl(env: Env): string | undefined {
  const url = settingOrFile(env, 'REDIS_URL');
  if (url === undefined || url === '') return undefined;
  // The value may hold a password, so the message must not.
  if (!URL.canParse(url) || !['redis:', 'rediss:'].includes(new URL(url).protocol))
    throw new TillcastError('OPTION_INVALID', 'REDIS_URL is no address such as redis://user:password@host:6379');
  return url;
}
