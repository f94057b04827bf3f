import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncDirectory, syncFile } from '../durable.ts';
import { renameDurably, temporaryFor } from '../importing/text-writer.ts';
import { readChunks } from './read-chunks.ts';
import { blockBytes, paddingOf, tarHeader } from './tar-header.ts';

/** A file of a backup: how long it is, and the SHA-256 of its bytes. */
export interface Taken {
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a backup is written to. It appears whole under its name when it is finished, and not before. */
export interface BackupSink {
  /** Where the file of a path is to be made, before it is taken. */
  place(path: string): string;
  /** Takes the file that was made in its place. */
  take(path: string): Taken;
  finish(): void;
  /** Takes everything back. */
  abandon(): void;
}

function placeIn(folder: string, path: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return file;
}

function hashed(file: string, each: (chunk: Buffer) => void = () => {}): Taken {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const chunk of readChunks(file)) {
    hash.update(chunk);
    bytes += chunk.length;
    each(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** A backup that is a folder. */
export function openFolderSink(out: string): BackupSink {
  const staging = temporaryFor(out);
  mkdirSync(staging, { mode: 0o700 });
  const folders = new Set([staging]);
  return {
    place: (path) => placeIn(staging, path),
    take(path) {
      const file = join(staging, path);
      syncFile(file);
      for (let folder = dirname(file); folder !== dirname(staging); folder = dirname(folder)) folders.add(folder);
      return hashed(file);
    },
    finish() {
      for (const folder of folders) syncDirectory(folder);
      renameDurably(staging, out);
    },
    abandon: () => rmSync(staging, { recursive: true, force: true }),
  };
}

/** A backup that is one tar file, dated by its mark. A file lies beside it only until it is taken: no more room is needed than for the largest. */
export function openTarSink(out: string, markMs: number): BackupSink {
  const tar = temporaryFor(out);
  const staging = `${tar}.files`;
  mkdirSync(staging, { mode: 0o700 });
  const handle = openSync(tar, 'wx', 0o600);
  let isOpen = true;
  const write = (bytes: Buffer): void => {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
  };
  const close = (): void => {
    if (isOpen) closeSync(handle);
    isOpen = false;
  };
  return {
    place: (path) => placeIn(staging, path),
    take(path) {
      const file = join(staging, path);
      write(tarHeader(path, statSync(file).size, markMs));
      const taken = hashed(file, write);
      write(Buffer.alloc(paddingOf(taken.bytes)));
      rmSync(file);
      return taken;
    },
    finish() {
      write(Buffer.alloc(2 * blockBytes));
      fsyncSync(handle);
      close();
      rmSync(staging, { recursive: true });
      renameDurably(tar, out);
    },
    abandon() {
      close();
      rmSync(tar, { force: true });
      rmSync(staging, { recursive: true, force: true });
    },
  };
}
