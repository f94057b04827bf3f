import type { Parity } from '../scoring/bundle/golden-gate.ts';
import type { Bundle, BundleManifest, Target } from '../scoring/bundle.ts';

/** The names that move from version to version. */
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

/** A bundle that was opened and verified: where it lies, and how near TypeScript came to the libraries on its golden rows. */
export interface OpenedBundle extends Bundle {
  readonly folder: string;
  readonly parity: Parity;
}

/**
 * Where bundles live. Versions are immutable; aliases move, and each move is appended to a history.
 * The contract suite (test/contract/model-registry.ts) holds every implementation to these sentences.
 * - `add` verifies as `open` does; what it refuses leaves no trace. The same version again raises VERSION_CONFLICT.
 * - `open` verifies hashes, signature, sizes and golden rows before anything is believed; a bad bundle raises BUNDLE_REFUSED or PARITY_BROKEN.
 * - `open` of a version or alias that is not there raises MODEL_NOT_FOUND; `resolve` answers undefined.
 * - `list` is oldest first. A version that cannot be read is left out of `list`, and refused by `open`.
 * - `move` is atomic and durable, and raises MODEL_NOT_FOUND for a version that is not there. Moves never go back in time:
 *   `atMs` ascends even where the clock does not.
 * - `at` answers which version an alias named at a moment.
 */
export interface ModelRegistry {
  /** Takes a finished bundle folder in; the folder is copied, fsynced, then renamed into place. */
  add(folder: string): Promise<OpenedBundle>;
  list(model?: Target): Promise<readonly BundleManifest[]>;
  open(model: Target, versionOrAlias: string): Promise<OpenedBundle>;
  resolve(model: Target, versionOrAlias: string): Promise<string | undefined>;
  move(move: Omit<AliasMove, 'atMs'>): Promise<AliasMove>;
  history(model: Target, alias: Alias): Promise<readonly AliasMove[]>;
  at(model: Target, alias: Alias, atMs: number): Promise<string | undefined>;
}
