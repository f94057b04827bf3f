import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file of JSON lines that appears whole under its name when it is finished, and not before. */
export function openJsonlWriter(file: string) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.part`;
  const descriptor = openSync(temporary, 'w', 0o600);
  let buffered = '';
  let open = true;
  const flush = (): void => {
    writeSync(descriptor, buffered);
    buffered = '';
  };
  const close = (): void => {
    open = false;
    closeSync(descriptor);
  };
  return {
    write(value: unknown): void {
      buffered += `${JSON.stringify(value)}\n`;
      if (buffered.length > 1 << 16) flush();
    },
    finish(): void {
      flush();
      fsyncSync(descriptor);
      close();
      renameSync(temporary, file);
    },
    /** Takes it all back; after `finish` it does nothing. */
    abandon(): void {
      if (!open) return;
      close();
      rmSync(temporary, { force: true });
    },
  };
}
