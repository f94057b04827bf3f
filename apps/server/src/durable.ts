import { closeSync, fsyncSync, openSync } from 'node:fs';

function sync(path: string, flags: 'r' | 'r+'): void {
  const opened = openSync(path, flags);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Does not return before the bytes of a file, whoever wrote them, are on disk. */
export const syncFile = (path: string): void => sync(path, 'r+');

/** Makes the names in a folder durable: a rename is lost by a power cut until then. Windows journals renames, and cannot open a folder. */
export function syncDirectory(path: string): void {
  if (process.platform !== 'win32') sync(path, 'r');
}
