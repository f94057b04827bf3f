import { closeSync, openSync, readSync } from 'node:fs';

const chunkBytes = 1 << 20;

/** The bytes of a file, or of a part of it, piece by piece; a piece is good until the next is asked for. */
export function* readChunks(file: string, from = 0, bytes = Number.POSITIVE_INFINITY): Generator<Buffer> {
  const handle = openSync(file, 'r');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  try {
    for (let done = 0; done < bytes; ) {
      const got = readSync(handle, buffer, 0, Math.min(chunkBytes, bytes - done), from + done);
      if (got === 0) return;
      yield buffer.subarray(0, got);
      done += got;
    }
  } finally {
    closeSync(handle);
  }
}
