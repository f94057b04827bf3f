import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { syncDirectory } from '../durable.ts';
import { versionsIn } from './policies.ts';

/** What a policy file holds; contracts/policy.schema.json. */
export interface PolicyFile {
  readonly schema: 1;
  readonly name: string;
  readonly version: number;
  readonly features: readonly string[];
  readonly treatments: readonly {
    readonly name: string;
    readonly cost: number;
    readonly shrinkage: { readonly mean: number; readonly centre: number; readonly slope: number };
    readonly mix: readonly { readonly learner: string; readonly weight: number; readonly effect: unknown }[];
  }[];
  readonly exploration_share: number;
  readonly salt: string;
  /** Money for so many shoppers, and the cut that spends it. */
  readonly budget?: { readonly amount: number; readonly shoppers: number; readonly price: number; readonly tie_share: number };
}

/** The name of a policy: a folder's, and what a request may say. Raises OPTION_INVALID. */
export function checkPolicyName(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    throw new TillcastError(
      'OPTION_INVALID',
      `--policy is "${name}"; give 1 to 64 small letters, digits and hyphens, such as coupons`,
    );
  return name;
}

/** Adds the next version of a policy: written aside, synced, then renamed into place, so that a server never sees half of one. `members` = the models' folder. */
export function writePolicy(folder: string, content: Omit<PolicyFile, 'version' | 'schema'>, members?: string): PolicyFile {
  const place = join(folder, content.name);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const version = (versionsIn(place).at(-1) ?? 0) + 1;
  const file: PolicyFile = { schema: 1, version, ...content };
  const scratch = join(place, `.unfinished-${randomUUID()}`);
  try {
    mkdirSync(scratch);
    if (members !== undefined) cpSync(members, join(scratch, 'members'), { recursive: true });
    writeFileSync(join(scratch, 'policy.json'), `${JSON.stringify(file, null, 2)}\n`, { flush: true });
    syncDirectory(scratch);
    renameSync(scratch, join(place, String(version)));
    syncDirectory(place);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return file;
}
