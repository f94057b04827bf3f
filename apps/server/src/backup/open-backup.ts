import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { assertBackupPath } from './backup-path.ts';
import { readChunks } from './read-chunks.ts';
import { blockBytes, paddingOf, parseTarHeader } from './tar-header.ts';

/** The files of a backup, as they lie in it; nothing of them is believed yet. */
export interface BackupReader {
  readonly paths: readonly string[];
  /** The bytes of a file, piece by piece; a piece is good until the next is asked for. */
  read(path: string): Iterable<Buffer>;
}

/** Opens a backup, a folder or a tar file. Raises FILE_NOT_READABLE where there is none, INPUT_INVALID where it holds what no backup holds. */
export function openBackup(from: string): BackupReader {
  const stat = statSync(from, { throwIfNoEntry: false });
  if (stat === undefined) throw new TillcastError('FILE_NOT_READABLE', `there is no backup ${from}`);
  try {
    return stat.isDirectory() ? openFolder(from) : openTar(from, stat.size);
  } catch (error) {
    if (error instanceof TillcastError) throw error;
    throw new TillcastError('FILE_NOT_READABLE', `${from}: ${(error as Error).message}`, { cause: error });
  }
}

function openFolder(root: string): BackupReader {
  const paths: string[] = [];
  const visit = (under: string): void => {
    for (const entry of readdirSync(join(root, under), { withFileTypes: true })) {
      const path = under === '' ? entry.name : `${under}/${entry.name}`;
      assertBackupPath(path, root);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) paths.push(path);
      else throw new TillcastError('INPUT_INVALID', `${root} holds ${path}, which is not a plain file`);
    }
  };
  visit('');
  return { paths, read: (path) => readChunks(join(root, path)) };
}

function openTar(file: string, size: number): BackupReader {
  const places = new Map<string, { readonly from: number; readonly bytes: number }>();
  const cut = (): never => {
    throw new TillcastError('INPUT_INVALID', `${file} is cut off: it has no end mark; copy it again`);
  };
  const handle = openSync(file, 'r');
  try {
    for (let at = 0; ; ) {
      const header = Buffer.alloc(blockBytes);
      if (readSync(handle, header, 0, blockBytes, at) < blockBytes) cut();
      const entry = parseTarHeader(header, file);
      if (entry === undefined) break;
      const { path, bytes, isFolder } = entry;
      at += blockBytes;
      if (at + bytes > size) cut();
      if (!isFolder) {
        assertBackupPath(path, file);
        if (places.has(path)) throw new TillcastError('INPUT_INVALID', `${file} holds ${path} twice`);
        places.set(path, { from: at, bytes });
      }
      at += bytes + paddingOf(bytes);
    }
  } finally {
    closeSync(handle);
  }
  return {
    paths: [...places.keys()],
    read(path) {
      const { from, bytes } = places.get(path)!;
      return readChunks(file, from, bytes);
    },
  };
}
