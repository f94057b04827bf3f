import { TillcastError } from '../errors/tillcast-error.ts';

const WIDE = 1;
const SEVEN_BITS = 0x7f;
const MORE = 0x80;

/** Lays states out as bytes: whole numbers take one byte for each seven bits, a text that was there before one or two. */
export interface ByteSink {
  byte(value: number): void;
  /** Whole, 0 to 2^53 − 1. */
  count(value: number): void;
  float64(value: number): void;
  /** Any text, each UTF-16 unit as it is. */
  text(value: string): void;
  raw(bytes: Uint8Array): void;
  /** What was laid out since the last call, a copy; the next value starts anew. */
  take(): Uint8Array;
}

/** Opens an empty sink; it may be used again and again. */
export function openByteSink(size = 4_096): ByteSink {
  let buffer = new Uint8Array(size);
  let view = new DataView(buffer.buffer);
  let at = 0;
  const texts = new Map<string, number>();

  function reserve(more: number): void {
    if (at + more <= buffer.length) return;
    const wider = new Uint8Array(Math.max(buffer.length * 2, at + more));
    wider.set(buffer.subarray(0, at));
    buffer = wider;
    view = new DataView(buffer.buffer);
  }

  function count(value: number): void {
    reserve(8);
    // Division, not shifts: those would cut to 32 bits.
    while (value > SEVEN_BITS) {
      buffer[at++] = (value % MORE) | MORE;
      value = Math.floor(value / MORE);
    }
    buffer[at++] = value;
  }

  function units(value: string): void {
    const { length } = value;
    let isWide = false;
    for (let index = 0; index < length && !isWide; index++) isWide = value.charCodeAt(index) > 0xff;
    count(length * 2 + (isWide ? WIDE : 0));
    reserve(length * 2);
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      buffer[at++] = unit & 0xff;
      if (isWide) buffer[at++] = unit >> 8;
    }
  }

  return {
    byte(value) {
      reserve(1);
      buffer[at++] = value;
    },
    count,
    float64(value) {
      reserve(8);
      view.setFloat64(at, value, true);
      at += 8;
    },
    text(value) {
      const known = texts.get(value);
      count(known ?? 0);
      if (known !== undefined) return;
      units(value);
      texts.set(value, texts.size + 1);
    },
    raw(bytes) {
      reserve(bytes.length);
      buffer.set(bytes, at);
      at += bytes.length;
    },
    take() {
      const taken = buffer.slice(0, at);
      at = 0;
      texts.clear();
      return taken;
    },
  };
}

/** Takes apart what a sink laid out; raises INPUT_INVALID where the bytes do not make sense. */
export interface ByteSource {
  byte(): number;
  count(): number;
  float64(): number;
  text(): string;
  raw(length: number): Uint8Array;
  /** Raises INPUT_INVALID unless everything was read. */
  end(): void;
}

/** Opens a source at the beginning of some bytes. */
export function openByteSource(bytes: Uint8Array): ByteSource {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;

  function skip(length: number): number {
    if (!(at + length <= bytes.length)) throw broken('ends too early');
    at += length;
    return at - length;
  }

  function count(): number {
    let value = 0;
    for (let weight = 1; ; weight *= MORE) {
      const byte = bytes[skip(1)]!;
      value += (byte & SEVEN_BITS) * weight;
      if (byte < MORE) break;
    }
    if (!Number.isSafeInteger(value)) throw broken('holds a number beyond all bounds');
    return value;
  }

  function units(): string {
    const coded = count();
    const length = Math.floor(coded / 2);
    let text = '';
    if (coded % 2 === WIDE) {
      const from = skip(length * 2);
      for (let index = from; index < at; index += 2) text += String.fromCharCode(bytes[index]! | (bytes[index + 1]! << 8));
    } else {
      const from = skip(length);
      for (let index = from; index < at; index++) text += String.fromCharCode(bytes[index]!);
    }
    return text;
  }

  return {
    byte: () => bytes[skip(1)]!,
    count,
    float64: () => view.getFloat64(skip(8), true),
    text() {
      const known = count();
      if (known === 0) {
        const text = units();
        texts.push(text);
        return text;
      }
      const text = texts[known - 1];
      if (text === undefined) throw broken('refers to a text that is not there');
      return text;
    },
    raw: (length) => bytes.slice(skip(length), at),
    end() {
      if (at !== bytes.length) throw broken('is longer than it says');
    },
  };
}

/** The error of bytes that no sink laid out. */
export const broken = (what: string): TillcastError => new TillcastError('INPUT_INVALID', `a stored state ${what}`);
