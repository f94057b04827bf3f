import { type ByteSink, type ByteSource, broken } from './codec-bytes.ts';

/** Whole numbers below it are one byte; the codes of everything else follow. */
const CODES = 224;
const [WHOLE, FLOAT, NAN, NULL, ABSENT, NO, YES, TEXT, LIST, RECORD, MAP, SET, TYPED] = Array.from(
  { length: 13 },
  (_, index) => CODES + index,
) as [number, number, number, number, number, number, number, number, number, number, number, number, number];

const typedArrays = [
  ...[Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, Uint8ClampedArray],
] as const;

/** Lays out one value that an accumulator may hold: numbers to the bit, texts, arrays, typed arrays, Map, Set, plain records. */
export function putValue(to: ByteSink, value: unknown): void {
  if (typeof value === 'number') putNumber(to, value);
  else if (typeof value === 'string') {
    to.byte(TEXT);
    to.text(value);
  } else if (value === null) to.byte(NULL);
  else if (value === undefined) to.byte(ABSENT);
  else if (typeof value === 'boolean') to.byte(value ? YES : NO);
  else if (Array.isArray(value)) putAll(to, LIST, value.length, value);
  else if (value instanceof Map) putAll(to, MAP, value.size, [...value].flat());
  else if (value instanceof Set) putAll(to, SET, value.size, [...value]);
  else if (ArrayBuffer.isView(value)) putTyped(to, value);
  else putRecord(to, value as object);
}

/** Reads back what `putValue` laid out. */
export function readValue(from: ByteSource): unknown {
  const code = from.byte();
  if (code < CODES) return code;
  switch (code) {
    case WHOLE:
      return from.count();
    case FLOAT:
      return from.float64();
    case NAN:
      return Number.NaN;
    case TEXT:
      return from.text();
    case NULL:
      return null;
    case ABSENT:
      return undefined;
    case NO:
    case YES:
      return code === YES;
    case LIST:
      return readAll(from, from.count());
    case RECORD:
      return readRecord(from);
    case SET:
      return new Set(readAll(from, from.count()));
    case MAP:
      return readMap(from);
    case TYPED:
      return readTyped(from);
    default:
      throw broken(`holds the unknown code ${code}`);
  }
}

function putNumber(to: ByteSink, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) {
    if (value < CODES) to.byte(value);
    else {
      to.byte(WHOLE);
      to.count(value);
    }
  } else if (Number.isNaN(value)) to.byte(NAN);
  else {
    to.byte(FLOAT);
    to.float64(value);
  }
}

function putAll(to: ByteSink, code: number, count: number, values: readonly unknown[]): void {
  to.byte(code);
  to.count(count);
  for (const value of values) putValue(to, value);
}

function readAll(from: ByteSource, length: number): unknown[] {
  const values: unknown[] = [];
  for (let index = 0; index < length; index++) values.push(readValue(from));
  return values;
}

function putRecord(to: ByteSink, value: object): void {
  const entries = Object.entries(value);
  to.byte(RECORD);
  to.count(entries.length);
  for (const [name, held] of entries) {
    to.text(name);
    putValue(to, held);
  }
}

function readRecord(from: ByteSource): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let left = from.count(); left > 0; left--) {
    const name = from.text();
    record[name] = readValue(from);
  }
  return record;
}

function readMap(from: ByteSource): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let left = from.count(); left > 0; left--) {
    const key = readValue(from);
    map.set(key, readValue(from));
  }
  return map;
}

function putTyped(to: ByteSink, value: ArrayBufferView): void {
  const kind = typedArrays.findIndex((type) => value instanceof type);
  if (kind < 0) throw broken('holds an array of a kind that is not kept');
  to.byte(TYPED);
  to.byte(kind);
  to.count(value.byteLength);
  to.raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}

function readTyped(from: ByteSource): ArrayBufferView {
  const type = typedArrays[from.byte()];
  if (type === undefined) throw broken('holds an array of an unknown kind');
  return new type(from.raw(from.count()).buffer as ArrayBuffer);
}
