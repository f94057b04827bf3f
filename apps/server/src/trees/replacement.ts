import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

const BUFFER_LENGTH = 1 << 20;

/** A file written beside its place under another name; `commit` puts it there whole, `discard` (a no-op after it) leaves nothing behind. */
export function openReplacement(file: string) {
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  const known = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new TillcastError('OPTION_INVALID', `${file} cannot be written: ${(error as Error).message}`, { cause: error });
    }
  };
  const descriptor = known(() => openSync(temporary, 'wx'));
  let pending = '';
  let open = true;
  const flush = () => {
    const bytes = Buffer.from(pending);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    pending = '';
  };
  return {
    write(text: string): void {
      pending += text;
      if (pending.length >= BUFFER_LENGTH) known(flush);
    },
    commit(): void {
      known(() => {
        flush();
        fsyncSync(descriptor);
        closeSync(descriptor);
        open = false;
        renameSync(temporary, file);
      });
    },
    discard(): void {
      if (open) closeSync(descriptor);
      open = false;
      rmSync(temporary, { force: true });
    },
  };
}
