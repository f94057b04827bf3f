import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { defaultLifetimeRefitMs, defaultSegmentsMemoryMb } from '../config.ts';
import { type Env, settingOrFile } from '../setting-or-file.ts';
import { parseAllowedHosts } from './egress.ts';
import type { SegmentFolders } from './folder.ts';
import type { SegmentSettings } from './service.ts';

const minLength = 16;
const name = 'TILLCAST_SEGMENT_SECRET';

/** What the settings of a server say of segments. */
export interface SegmentOptions {
  readonly segments?: string | undefined;
  readonly segmentsAt?: number | null | undefined;
  readonly segmentsMemoryMb?: number | undefined;
  readonly lifetimeRefitMs?: number | null | undefined;
}

/** How a server's segments behave: its settings, and what the environment says of deliveries. Stock is taken in a process of its own. */
export function readSegmentSettings(
  { root, segments: folders }: { readonly root: string; readonly segments: SegmentFolders },
  { segments, segmentsAt, segmentsMemoryMb, lifetimeRefitMs = defaultLifetimeRefitMs }: SegmentOptions,
  env: Env,
): SegmentSettings {
  const secret = settingOrFile(env, name);
  if (secret !== undefined && secret.length < minLength)
    throw new TillcastError('OPTION_INVALID', `${name} has ${secret.length} characters; a secret needs at least ${minLength}`);
  return {
    ...{ folders, file: segments, atMinutes: segmentsAt, secret, allowed: parseAllowedHosts(env.TILLCAST_SEGMENT_HOSTS) },
    ...{ refitAfterMs: lifetimeRefitMs, apart: { data: root, memoryMb: segmentsMemoryMb ?? defaultSegmentsMemoryMb, env } },
  };
}
