/** Lays numbers and texts out one after the other, little-endian. One text at a time. */
export interface ByteWriter {
  /** Begins anew, whatever became of what was written before. */
  begin(): void;
  byte(value: number): void;
  /** Whole, 0 to 2^32 − 1. */
  uint32(value: number): void;
  float64(value: number): void;
  text(value: string): void;
  float32s(values: Float32Array): void;
  float64s(values: Float64Array): void;
  /** Bytes written since `begin`. */
  readonly length: number;
  /** What was written since `begin`, a copy. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** The same bytes themselves, good until the next `begin`. */
  borrow(): Uint8Array;
}

/** Opens an empty writer; its memory grows by doubling and is used again. */
export function openByteWriter(size = 4_096): ByteWriter {
  let buffer = Buffer.alloc(size);
  let at = 0;

  function reserve(count: number): void {
    if (at + count <= buffer.length) return;
    const wider = Buffer.alloc(Math.max(buffer.length * 2, at + count));
    buffer.copy(wider, 0, 0, at);
    buffer = wider;
  }

  function uint32(value: number): void {
    reserve(4);
    at = buffer.writeUInt32LE(value, at);
  }

  // The bytes of the array itself, so that every bit stays, whatever NaN it is; platforms that run this are little-endian.
  function raw(values: Float32Array | Float64Array): void {
    uint32(values.length);
    reserve(values.byteLength);
    buffer.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }

  return {
    begin() {
      at = 0;
    },
    byte(value) {
      reserve(1);
      at = buffer.writeUInt8(value, at);
    },
    uint32,
    float64(value) {
      reserve(8);
      at = buffer.writeDoubleLE(value, at);
    },
    text(value) {
      // A UTF-16 unit takes three bytes of UTF-8 at most.
      reserve(4 + value.length * 3);
      const length = buffer.write(value, at + 4, 'utf8');
      at = buffer.writeUInt32LE(length, at) + length;
    },
    float32s: raw,
    float64s: raw,
    get length() {
      return at;
    },
    borrow: () => buffer.subarray(0, at),
    bytes() {
      const written = new Uint8Array(at);
      written.set(buffer.subarray(0, at));
      return written;
    },
  };
}
