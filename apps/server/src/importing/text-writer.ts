import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { syncDirectory } from '../durable.ts';

const bufferedCharacters = 1 << 16;

/** A text file that appears whole under its name when it is finished, and not before. */
export function openTextWriter(file: string) {
  const temporary = temporaryFor(file);
  const descriptor = openForWriting(file, temporary);
  let buffered = '';
  let open = true;
  const flush = (): void => {
    const bytes = Buffer.from(buffered);
    buffered = '';
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  };
  return {
    write(text: string): void {
      buffered += text;
      if (buffered.length >= bufferedCharacters) flush();
    },
    finish(): void {
      flush();
      fsyncSync(descriptor);
      open = false;
      closeSync(descriptor);
      renameDurably(temporary, file);
    },
    /** Takes it all back; after `finish` it does nothing. */
    abandon(): void {
      if (!open) return;
      open = false;
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    },
  };
}

function openForWriting(file: string, temporary: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(temporary, 'w', 0o600);
  } catch (error) {
    throw new TillcastError('OPTION_INVALID', `${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/** A name beside the file that no other process writes to. */
export const temporaryFor = (file: string): string => `${file}.${process.pid}-${randomUUID().slice(0, 8)}.part`;

/** Puts a finished file in its place; the folder is synced too, so that the name outlives a power cut. */
export function renameDurably(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    rmSync(from, { force: true });
    throw new TillcastError('OPTION_INVALID', `${to} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  syncDirectory(dirname(to));
}
