import { TillcastError } from '@tillcast/core/errors/tillcast-error';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Takes apart what a `ByteWriter` laid out; raises STORE_UNAVAILABLE where the bytes end too early. */
export interface ByteReader {
  byte(): number;
  uint32(): number;
  float64(): number;
  text(): string;
  float32s(): Float32Array;
  float64s(): Float64Array;
  /** Raises STORE_UNAVAILABLE unless everything was read. */
  end(): void;
}

const broken = (what: string): TillcastError => new TillcastError('STORE_UNAVAILABLE', `a line of the prediction log ${what}`);

/** Opens a reader at the beginning of some bytes. */
export function openByteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  function take(count: number): number {
    if (at + count > bytes.length) throw broken('is cut short');
    at += count;
    return at - count;
  }

  const uint32 = (): number => view.getUint32(take(4), true);
  // Copied first: an array of floats must begin at a multiple of its size.
  const copy = (count: number): ArrayBuffer => {
    const from = take(count);
    const copied = new Uint8Array(count);
    copied.set(bytes.subarray(from, from + count));
    return copied.buffer;
  };
  return {
    byte: () => view.getUint8(take(1)),
    uint32,
    float64: () => view.getFloat64(take(8), true),
    text() {
      const from = take(uint32());
      return decoder.decode(bytes.subarray(from, at));
    },
    float32s: () => new Float32Array(copy(uint32() * 4)),
    float64s: () => new Float64Array(copy(uint32() * 8)),
    end() {
      if (at !== bytes.length) throw broken('is longer than it says');
    },
  };
}
