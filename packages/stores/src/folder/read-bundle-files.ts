import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { capOf, refuse, requiredFiles, sealFiles } from '@tillcast/core/scoring/bundle/files';
import type { BundleFiles } from '@tillcast/core/scoring/bundle/parse-bundle';
import type { SigningKeys } from './signing-keys.ts';

const MAX_TOTAL_BYTES = 512 * 1024 * 1024;

/** Relative paths of the folder's files; anything a bundle has no place for (a link, a folder, a stray file) is refused by name. */
function list(folder: string): readonly string[] {
  const paths: string[] = [];
  const visit = (under: string): void => {
    for (const entry of readdirSync(join(folder, under), { withFileTypes: true })) {
      const path = under === '' ? entry.name : `${under}/${entry.name}`;
      if (entry.isDirectory() && path === 'members') visit(path);
      else if (!entry.isFile()) refuse(`${path} is not a plain file`);
      else if (capOf(path) === undefined) refuse(`it holds ${JSON.stringify(path.slice(0, 80))}, which no bundle has`);
      else paths.push(path);
    }
  };
  visit('');
  return paths;
}

/** Reads a file through one handle: what was measured is what is read; links are not followed. */
function readCapped(folder: string, path: string): Uint8Array {
  const handle = openSync(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) refuse(`${path} is not a plain file`);
    if (stat.size > capOf(path)!) refuse(`${path} has ${stat.size} bytes; at most ${capOf(path)} are read`);
    const bytes = Buffer.allocUnsafe(stat.size);
    let read = 0;
    while (read < bytes.length) {
      const got = readSync(handle, bytes, read, bytes.length - read, read);
      if (got === 0) refuse(`${path} became shorter while it was read`);
      read += got;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Text of SHA256SUMS for these files, as `sha256sum --check` reads it. */
export function sumsOf(files: BundleFiles): string {
  return [...files]
    .filter(([path]) => !(sealFiles as readonly string[]).includes(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`)
    .join('');
}

function readAll(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const path of list(folder)) {
    const bytes = readCapped(folder, path);
    total += bytes.length;
    if (total > MAX_TOTAL_BYTES) refuse(`it has more than ${MAX_TOTAL_BYTES} bytes`);
    files.set(path, bytes);
  }
  return files;
}

function believe(files: ReadonlyMap<string, Uint8Array>, keys: SigningKeys): string {
  for (const path of sealFiles) if (!files.has(path)) refuse(`it has no file ${path}`);
  const sums = files.get('SHA256SUMS')!;
  const problem = keys.problem(sums, Buffer.from(files.get('manifest.sig')!).toString('latin1'));
  return problem === undefined ? Buffer.from(sums).toString('latin1') : refuse(problem);
}

/** The first file whose line in SHA256SUMS is not that of its bytes, or that one of both lacks. */
function firstDifference(said: string, found: string): string {
  const other = (of: string, than: string): string | undefined => {
    const lines = new Set(than.split('\n'));
    return of.split('\n').find((line) => !lines.has(line));
  };
  return (other(found, said) ?? other(said, found))?.slice(66) || 'SHA256SUMS';
}

function orRefused<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TillcastError) throw error;
    return refuse(`${folder} cannot be read: ${(error as Error).message}`);
  }
}

/** Reads a bundle's files and believes them only where a trusted key signed their hashes; nothing is parsed before that. */
export function readBundleFiles(folder: string, keys: SigningKeys): BundleFiles {
  const files = orRefused(folder, () => readAll(folder));
  const said = believe(files, keys);
  if (said !== sumsOf(files)) refuse(`${firstDifference(said, sumsOf(files))} is not the file that was signed`);
  for (const path of requiredFiles) if (!files.has(path)) refuse(`it has no file ${path}`);
  return files;
}

/** The bytes of manifest.json alone, believed as `readBundleFiles` does: what a listing needs, without reading the members. */
export function readManifestBytes(folder: string, keys: SigningKeys): Uint8Array {
  const files = orRefused(folder, () => new Map([...sealFiles, 'manifest.json'].map((path) => [path, readCapped(folder, path)])));
  const lines = believe(files, keys).split('\n');
  const manifest = files.get('manifest.json')!;
  return lines.includes(`${sha256(manifest)}  manifest.json`)
    ? manifest
    : refuse('manifest.json is not the file that was signed');
}
