import type { Bundle, BundleManifest, Target } from '../scoring/bundle.ts';

export const aliases = ['champion', 'challenger', 'shadow'] as const;
export type Alias = (typeof aliases)[number];

/** One move of an alias; the history is append-only. `version` null = the alias was taken off. */
export interface AliasMove {
  readonly model: Target;
  readonly alias: Alias;
  readonly version: string | null;
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
}

/**
 * Where bundles live. Versions are immutable; aliases move, and each move is appended to a history.
 * - `open` verifies hashes, signature, sizes and golden rows before anything is believed; a bad bundle raises BUNDLE_REFUSED or PARITY_BROKEN.
 * - `move` is atomic and durable, and raises MODEL_NOT_FOUND for a version that is not there.
 * - `at` answers which version an alias named at a moment.
 */
export interface ModelRegistry {
  /** Takes a finished bundle folder in; the folder is copied, fsynced, then renamed into place. Answers the version. */
  add(folder: string): Promise<BundleManifest>;
  list(model?: Target): Promise<readonly BundleManifest[]>;
  open(model: Target, versionOrAlias: string): Promise<Bundle & { readonly folder: string }>;
  resolve(model: Target, versionOrAlias: string): Promise<string | undefined>;
  move(move: Omit<AliasMove, 'atMs'>): Promise<AliasMove>;
  history(model: Target, alias: Alias): Promise<readonly AliasMove[]>;
  at(model: Target, alias: Alias, atMs: number): Promise<string | undefined>;
}
