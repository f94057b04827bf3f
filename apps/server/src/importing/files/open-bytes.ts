import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** The bytes of a file, unpacked where it is gzip. */
export interface ByteFile {
  readonly head: Buffer;
  chunks(): AsyncIterable<Buffer>;
  share(): number;
}

const chunkBytes = 1 << 20;

/** Opens a file of bytes; what is no readable, non-empty file is refused by name before anything is done. */
export function openBytes(file: string): ByteFile {
  const { size, head } = inspect(file);
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  if (!packed && file.endsWith('.gz')) throw unreadable(file, 'it is named .gz but holds no gzip stream');
  // A file is read more than once: its header first.
  let reading = { bytes: 0 };
  return {
    head: packed ? Buffer.alloc(0) : head,
    // It may grow meanwhile.
    share: () => Math.min(1, reading.bytes / size),
    async *chunks() {
      const source = createReadStream(file, { highWaterMark: chunkBytes });
      const mine = { bytes: 0 };
      reading = mine;
      source.on('data', (chunk) => {
        mine.bytes += chunk.length;
      });
      const stream = packed ? source.pipe(createGunzip({ chunkSize: chunkBytes })) : source;
      if (stream !== source) source.on('error', (error) => stream.destroy(error));
      try {
        for await (const chunk of stream) yield chunk as Buffer;
      } catch (error) {
        throw unreadable(file, explain(error as NodeJS.ErrnoException), error);
      } finally {
        source.destroy();
      }
    },
  };
}

/** FILE_NOT_READABLE with the file's name in front. */
export const unreadable = (file: string, why: string, cause?: unknown): TillcastError =>
  new TillcastError('FILE_NOT_READABLE', `${file}: ${why}`, { cause });

/** A file's size, first bytes and time of change. */
export function inspect(file: string): { size: number; head: Buffer; modifiedMs: number } {
  let descriptor: number | undefined;
  try {
    const status = statSync(file);
    if (status.isDirectory()) throw unreadable(file, 'it is a directory; name the files in it');
    if (!status.isFile()) throw unreadable(file, 'it is no regular file; write it to disk first');
    if (status.size === 0) throw unreadable(file, 'it is empty (0 bytes)');
    descriptor = openSync(file, 'r');
    const head = Buffer.alloc(4_096);
    return { size: status.size, head: head.subarray(0, readSync(descriptor, head)), modifiedMs: status.mtimeMs };
  } catch (error) {
    if (error instanceof TillcastError) throw error;
    throw unreadable(file, explain(error as NodeJS.ErrnoException), error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file';
  if (error.code === 'EACCES') return 'permission denied';
  if (error.code === 'Z_BUF_ERROR')
    return 'the gzip stream is cut off; fetch the whole file and import it again (rows already stored count as duplicates)';
  if (error.code?.startsWith('Z_')) return `the gzip stream is damaged (${error.message})`;
  return error.message;
}
