import { TillcastError } from '../../errors/tillcast-error.ts';
import type { MemberName } from '../ensemble.ts';

const MB = 1024 * 1024;

/** The most bytes each file of a bundle may have; a bundle holds these files, its members, and nothing else. */
export const fileCaps: Readonly<Record<string, number>> = {
  'manifest.json': MB,
  'features.json': MB,
  'encoders.json': 16 * MB,
  'blend.json': MB / 16,
  'golden.jsonl': 64 * MB,
  'reference-profile.json': 16 * MB,
  'background.json': 64 * MB,
  'model-card.md': MB,
  SHA256SUMS: MB / 16,
  'manifest.sig': MB / 1024,
};

/** Where each member's native file lies in a bundle, as the trainer names it. */
export const memberFiles: Readonly<Record<MemberName, string>> = {
  catboost: 'members/catboost.json',
  xgboost: 'members/xgboost.json',
  lightgbm: 'members/lightgbm.txt',
  random_forest: 'members/random_forest.json',
};

/** Files that no line of SHA256SUMS speaks of: itself and the signature over it. */
export const sealFiles = ['SHA256SUMS', 'manifest.sig'] as const;

/** Files a bundle made by an earlier version may lack. */
const laterFiles: readonly string[] = ['background.json'];

/** Files every bundle must have, besides at least one member. */
export const requiredFiles: readonly string[] = Object.keys(fileCaps).filter((path) => !laterFiles.includes(path));

const MEMBER_CAP = 256 * MB;

/** The most bytes a file of that relative path may have; undefined = a bundle has no such file. */
export function capOf(path: string): number | undefined {
  if (Object.hasOwn(fileCaps, path)) return fileCaps[path];
  return Object.values(memberFiles).includes(path) ? MEMBER_CAP : undefined;
}

/** A refusal that says which file of the bundle is at fault. */
export const refuse = (what: string): never => {
  throw new TillcastError('BUNDLE_REFUSED', what);
};
