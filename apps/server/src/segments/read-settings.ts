import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type Env, settingOrFile } from '../setting-or-file.ts';
import { parseAllowedHosts } from './egress.ts';
import type { SegmentFolders } from './folder.ts';
import type { SegmentSettings } from './service.ts';

const minLength = 16;
const name = 'TILLCAST_SEGMENT_SECRET';

/** How a server's segments behave: its settings, and what the environment says of deliveries. */
export function readSegmentSettings(
  folders: SegmentFolders,
  { segments, segmentsAt }: { readonly segments?: string | undefined; readonly segmentsAt?: number | null | undefined },
  env: Env,
): SegmentSettings {
  const secret = settingOrFile(env, name);
  if (secret !== undefined && secret.length < minLength)
    throw new TillcastError('OPTION_INVALID', `${name} has ${secret.length} characters; a secret needs at least ${minLength}`);
  return { folders, file: segments, atMinutes: segmentsAt, secret, allowed: parseAllowedHosts(env.TILLCAST_SEGMENT_HOSTS) };
}
