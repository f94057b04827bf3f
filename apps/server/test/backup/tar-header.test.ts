import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarHeader, tarHeader } from '../../src/backup/tar-header.ts';

const segment = fc.string({ unit: fc.constantFrom('a', 'ü', '7', '-', ' '), minLength: 1, maxLength: 40 });

describe('a tar header', () => {
  it('says of any file what was said, beyond 8 GiB too', () => {
    const bytes = fc.oneof(
      fc.nat(1_000),
      fc.bigInt(0n, 2n ** 50n).map(Number),
      fc.constantFrom(8 ** 11 - 1, 8 ** 11, 8 ** 11 + 1),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), bytes, (segments, size) => {
        const path = segments.join('/');
        fc.pre(Buffer.byteLength(path) <= 100 || segments.length > 1);
        let header: Buffer;
        try {
          header = tarHeader(path, size, 1_000_000);
        } catch (error) {
          expect(Buffer.byteLength(path)).toBeGreaterThan(100);
          return expect((error as Error).message).toMatch(/too long for a tar file/);
        }
        expect(header).toHaveLength(512);
        expect(parseTarHeader(header, 'x')).toEqual({ path, bytes: size, isFolder: false });
      }),
    );
  });

  it('with any bit changed is refused, or says the same', () => {
    const sound = tarHeader('data/tillcast.db', 4_096, 1_000_000);
    fc.assert(
      fc.property(fc.nat(511), fc.nat(7), (at, bit) => {
        const bytes = Buffer.from(sound);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        try {
          expect(parseTarHeader(bytes, 'x')).toEqual({ path: 'data/tillcast.db', bytes: 4_096, isFolder: false });
        } catch (error) {
          expect((error as { code?: string }).code).toBe('INPUT_INVALID');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of nothing is the end', () => {
    expect(parseTarHeader(Buffer.alloc(512), 'x')).toBeUndefined();
  });
});
