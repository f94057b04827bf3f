import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import { syncDirectory, writeDurably } from './durable.ts';
import { sumsOf } from './read-bundle-files.ts';
import type { SigningKeys } from './signing-keys.ts';

/** The bundle's files with their hashes and the signature over them. */
export function sealed(files: BundleFiles, keys: SigningKeys): BundleFiles {
  const sums = Buffer.from(sumsOf(files));
  return new Map([...files, ['SHA256SUMS', sums], ['manifest.sig', Buffer.from(keys.sign(sums))]]);
}

/** Writes a bundle's files into a new folder, durably. */
export function writeBundleFolder(folder: string, files: BundleFiles): void {
  mkdirSync(folder, { mode: 0o700 });
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    writeDurably(join(folder, path), bytes);
  }
  syncDirectory(join(folder, 'members'));
  syncDirectory(folder);
}
