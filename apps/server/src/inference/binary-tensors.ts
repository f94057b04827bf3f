import type { TensorType } from '@tillcast/api/v2';

/** A tensor's one element; null = missing. */
export type Element = number | string | null;

type Fixed = Exclude<TensorType, 'BYTES'>;

/** Bytes of an element, and how it is read; all numbers are little-endian. */
const elements: Readonly<Record<Fixed, readonly [bytes: number, read: (data: Buffer, at: number) => number]>> = {
  BOOL: [1, (data, at) => (data[at] === 0 ? 0 : 1)],
  UINT8: [1, (data, at) => data.readUInt8(at)],
  UINT16: [2, (data, at) => data.readUInt16LE(at)],
  UINT32: [4, (data, at) => data.readUInt32LE(at)],
  UINT64: [8, (data, at) => Number(data.readBigUInt64LE(at))],
  INT8: [1, (data, at) => data.readInt8(at)],
  INT16: [2, (data, at) => data.readInt16LE(at)],
  INT32: [4, (data, at) => data.readInt32LE(at)],
  INT64: [8, (data, at) => Number(data.readBigInt64LE(at))],
  FP32: [4, (data, at) => data.readFloatLE(at)],
  FP64: [8, (data, at) => data.readDoubleLE(at)],
};

const lengthBytes = 4;

/** Texts, each behind its length in four bytes. */
function readTexts(data: Buffer, count: number): string[] | undefined {
  const texts: string[] = [];
  let at = 0;
  while (at + lengthBytes <= data.length && texts.length < count) {
    const end = at + lengthBytes + data.readUInt32LE(at);
    if (end > data.length) return undefined;
    texts.push(data.toString('utf8', at + lengthBytes, end));
    at = end;
  }
  return texts.length === count && at === data.length ? texts : undefined;
}

/**
 * The values of a tensor in binary (Triton Inference Server, "Binary Tensor Data Extension"); NaN is missing. Undefined where the bytes are not
 * that many values.
 */
export function readBinary(data: Buffer, datatype: TensorType, count: number): Element[] | undefined {
  if (datatype === 'BYTES') return readTexts(data, count);
  const [bytes, read] = elements[datatype];
  if (data.length !== count * bytes) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const value = read(data, index * bytes);
    return Number.isNaN(value) ? null : value;
  });
}

/** The values of an output in binary: numbers as FP64, texts as BYTES. */
export function writeBinary(values: readonly (number | string)[]): Buffer {
  const parts = values.map((value) => {
    if (typeof value === 'number') {
      const part = Buffer.alloc(Float64Array.BYTES_PER_ELEMENT);
      part.writeDoubleLE(value);
      return part;
    }
    const text = Buffer.from(value);
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32LE(text.length);
    return Buffer.concat([length, text]);
  });
  return Buffer.concat(parts);
}
