import { createHash } from 'node:crypto';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { manifestFile, sumsFile } from './backup-path.ts';
import { type BackupManifest, parseManifest } from './manifest.ts';
import type { BackupReader } from './open-backup.ts';

/** A backup whose every byte was found to be what was written. */
export interface VerifiedBackup {
  readonly manifest: BackupManifest;
  /** The SHA-256 of each file. */
  readonly sums: ReadonlyMap<string, string>;
}

/** A manifest or a list of sums is longer than this only where somebody means harm. */
const longestText = 64 << 20;

function textOf(reader: BackupReader, path: string, where: string): string {
  if (!reader.paths.includes(path)) throw damaged(where, `it has no ${path}`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (const chunk of reader.read(path)) {
    bytes += chunk.length;
    if (bytes > longestText) throw damaged(where, `${path} is too long`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString('utf8');
}

const damaged = (where: string, what: string): TillcastError =>
  new TillcastError('INPUT_INVALID', `the backup ${where} is damaged: ${what}; nothing was restored, take another backup`);

function parseSums(text: string, where: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, sha256, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (sha256 === undefined || path === undefined || sums.has(path))
      throw damaged(where, `${sumsFile} says ${line.slice(0, 80)}`);
    sums.set(path, sha256);
  }
  if (!text.endsWith('\n')) throw damaged(where, `${sumsFile} is cut off`);
  return sums;
}

/** Reads every byte of a backup and compares it with what was written down when it was made; INPUT_INVALID names the first file that differs. */
export function verifyBackup(reader: BackupReader, where: string, onFile: (path: string) => void = () => {}): VerifiedBackup {
  const sums = parseSums(textOf(reader, sumsFile, where), where);
  for (const path of reader.paths)
    if (path !== sumsFile && !sums.has(path)) throw damaged(where, `${path} is not in ${sumsFile}`);
  for (const [path, expected] of sums) {
    if (!reader.paths.includes(path)) throw damaged(where, `${path} is missing`);
    const hash = createHash('sha256');
    for (const chunk of reader.read(path)) hash.update(chunk);
    if (hash.digest('hex') !== expected) throw damaged(where, `${path} is not what was written`);
    onFile(path);
  }
  const manifest = parseManifest(textOf(reader, manifestFile, where), where);
  for (const { path } of manifest.files) if (!sums.has(path)) throw damaged(where, `${path} is missing`);
  return { manifest, sums };
}
