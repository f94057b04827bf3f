import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '@tillcast/core/decisions/policy/parse-policy';
import type { TreatmentPolicy } from '@tillcast/core/decisions/policy/policy';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** A policy that can be asked by this process. */
export interface ServedPolicy {
  readonly policy: TreatmentPolicy;
  /** For each of the policy's features, where the catalogue's row holds it. */
  readonly columns: Int32Array;
}

/** The policies of a data directory. */
export interface Policies {
  /** The newest version of a policy; raises POLICY_NOT_FOUND where none can be asked. */
  find(name: string): ServedPolicy;
}

const LOOK_EVERY_MS = 1_000;

/** The names of the versions of a policy in a folder, by number: `1`, `2`, …; each is a folder that was renamed into place whole. */
export function versionsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[1-9]\d{0,8}$/.test(name) && existsSync(join(folder, name, 'policy.json')))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Reads one version of a policy; raises where its files cannot be believed. */
export function readPolicy(folder: string): TreatmentPolicy {
  const file = join(folder, 'policy.json');
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return parsePolicy(content, (path) => readFileSync(join(folder, path), 'utf8'), file);
}

/** Serves policies out of `folder`; a version that appears is served within a second, without a restart. Undefined: there is no folder, nor any policy. */
export function openPolicies(
  folder: string | undefined,
  features: readonly { readonly name: string }[],
  now: () => number,
): Policies {
  const positions = new Map(features.map(({ name }, index) => [name, index]));
  const known = new Map<string, { readonly served: ServedPolicy; readonly version: number; lookedAtMs: number }>();

  function load(name: string, version: number): ServedPolicy {
    const policy = readPolicy(join(folder!, name, String(version)));
    const columns = Int32Array.from(policy.featureNames, (feature) => {
      const position = positions.get(feature);
      if (position === undefined)
        throw new TillcastError(
          'POLICY_NOT_FOUND',
          `the policy "${name}" asks for the feature "${feature}", which this Tillcast does not compute; train it anew`,
        );
      return position;
    });
    return { policy, columns };
  }

  return {
    find(name) {
      const before = known.get(name);
      if (before !== undefined && now() - before.lookedAtMs < LOOK_EVERY_MS) return before.served;
      const place = folder === undefined ? undefined : join(folder, name);
      const version = place === undefined || !isFolder(place) ? undefined : versionsIn(place).at(-1);
      if (version === undefined)
        throw new TillcastError(
          'POLICY_NOT_FOUND',
          `there is no policy "${name}"; learn one from a randomised experiment: tillcast uplift train --policy ${name} (docs/guides/decide.md)`,
        );
      const served = before?.version === version ? before.served : load(name, version);
      known.set(name, { served, version, lookedAtMs: now() });
      return served;
    },
  };
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
