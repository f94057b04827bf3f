import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { RowChunk } from '@tillcast/core/learning/rows';

/**
 * Feature rows set aside on disk until their labels and splits are known: raw float32, row after row.
 * The file is a scratch file; `close` removes it.
 */
export interface StagedRows {
  add(chunk: RowChunk): void;
  /** Reads rows from `firstRow` on into `into`, as many as fit. */
  read(firstRow: number, into: Float32Array): void;
  close(): void;
}

/** Opens an empty scratch file for rows of `width` features. */
export function stageRows(path: string, width: number): StagedRows {
  const file = openSync(path, 'wx+', 0o600);
  const rowBytes = width * Float32Array.BYTES_PER_ELEMENT;
  return {
    add({ firstRow, features }) {
      const bytes = Buffer.from(features.buffer, features.byteOffset, features.byteLength);
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, firstRow * rowBytes + done);
    },
    read(firstRow, into) {
      const bytes = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
      for (let done = 0; done < bytes.length; ) {
        const count = readSync(file, bytes, done, bytes.length - done, firstRow * rowBytes + done);
        if (count === 0) bytes.fill(0, done);
        done = count === 0 ? bytes.length : done + count;
      }
    },
    close() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}
