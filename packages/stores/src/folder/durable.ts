import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

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
