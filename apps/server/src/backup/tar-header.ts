import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Tar files are made of blocks of so many bytes. */
export const blockBytes = 512;

/** What one header of a tar file says. */
export interface TarEntry {
  readonly path: string;
  readonly bytes: number;
  readonly isFolder: boolean;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
/** Sizes of 8 GiB and more do not fit into octal digits: they are written in base 256, as GNU tar does. */
const largestOctal = 8 ** 11;
const [pathAt, modeAt, sizeAt, timeAt, sumAt, typeAt, magicAt, prefixAt] = [0, 100, 124, 136, 148, 156, 257, 345];

/** Bytes that fill a file of this size up to whole blocks. */
export const paddingOf = (bytes: number): number => (blockBytes - (bytes % blockBytes)) % blockBytes;

/** The header of a plain file that its owner alone may read (POSIX.1-1988 ustar). */
export function tarHeader(path: string, bytes: number, modifiedAtMs: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  const [prefix, name] = splitPath(path);
  header.write(name, pathAt);
  header.write(octal(0o600, 7), modeAt);
  header.write(octal(0, 7), modeAt + 8);
  header.write(octal(0, 7), modeAt + 16);
  if (bytes < largestOctal) header.write(octal(bytes, 11), sizeAt);
  else {
    header.writeUInt8(0x80, sizeAt);
    header.writeBigUInt64BE(BigInt(bytes), sizeAt + 4);
  }
  header.write(octal(Math.floor(modifiedAtMs / 1_000), 11), timeAt);
  header.write('0', typeAt);
  header.write('ustar\u000000', magicAt);
  header.write(prefix, prefixAt);
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, sumAt);
  return header;
}

/** Up to 100 bytes of a path are its name, up to 155 more a prefix that ends before a slash. */
function splitPath(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new TillcastError('OPTION_INVALID', `the path ${path} is too long for a tar file; back up into a folder instead`);
}

/** The sum of a header's bytes, its own place counted as blanks. */
function sumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < sumAt || at >= sumAt + 8) sum += byte;
  return sum;
}

/** Reads a header; undefined: the end of the archive. Raises INPUT_INVALID where it is none, or of something a backup does not hold. */
export function parseTarHeader(header: Buffer, where: string): TarEntry | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  const text = (at: number, length: number): string => header.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const number = (at: number, length: number): number => {
    const digits = text(at, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  if (number(sumAt, 8) !== sumOf(header) || text(magicAt, 5) !== 'ustar')
    throw new TillcastError('INPUT_INVALID', `${where} is damaged, or no tar file that tillcast backup made`);
  const bytes = header[sizeAt] === 0x80 ? Number(header.readBigUInt64BE(sizeAt + 4)) : number(sizeAt, 12);
  const [prefix, name, type] = [text(prefixAt, 155), text(pathAt, 100), text(typeAt, 1)];
  const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/^\.\//, '').replace(/\/$/, '');
  if (!['', '0', '5'].includes(type) || !Number.isSafeInteger(bytes))
    throw new TillcastError(
      'INPUT_INVALID',
      `${where} holds ${JSON.stringify(path.slice(0, 80))}, which is not a plain file; unpack it and restore the folder`,
    );
  return { path, bytes, isFolder: type === '5' };
}
