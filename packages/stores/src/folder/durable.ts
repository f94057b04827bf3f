import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Writes a file and does not return before its bytes are on disk; the name itself is durable after `syncDirectory`. */
export function writeDurably(path: string, bytes: Uint8Array, flags: 'wx' | 'a' = 'wx', mode = 0o600): void {
  const file = openSync(path, flags, mode);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable: a rename is lost by a power cut until then. */
export function syncDirectory(path: string): void {
  // Windows cannot open a directory; there, the rename itself is journalled.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Makes a folder, and those above it, whose names are durable once it returns; one that is there is left as it is. */
export function makeDirectoryDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(path); made !== dirname(resolve(first)); made = dirname(made)) syncDirectory(dirname(made));
}
