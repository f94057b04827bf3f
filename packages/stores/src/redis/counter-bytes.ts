import type { CounterValues } from '@tillcast/core/features/codec-counts';
import { RedisFailure } from './failure.ts';

/** Added to the names of counters in Redis: a Lua table whose keys were 1, 2, 3 … would be packed as a list. */
export const firstCounterName = 1_024;

const broken = (): RedisFailure =>
  new RedisFailure('refused', 'the counters of an item, brand, category or shop in Redis make no sense');

/** Reads the map of whole numbers that a step packed (MessagePack, github.com/msgpack/msgpack/blob/master/spec.md). */
export function readCounters(bytes: Buffer): CounterValues {
  let at = 0;

  function number(): number {
    const code = bytes[at++];
    if (code === undefined) throw broken();
    if (code < 0x80) return code;
    const sizes: Readonly<Record<number, () => number>> = {
      204: () => bytes.readUInt8(skip(1)),
      205: () => bytes.readUInt16BE(skip(2)),
      206: () => bytes.readUInt32BE(skip(4)),
      207: () => Number(bytes.readBigUInt64BE(skip(8))),
      203: () => bytes.readDoubleBE(skip(8)),
      202: () => bytes.readFloatBE(skip(4)),
    };
    const read = sizes[code];
    if (read === undefined) throw broken();
    return read();
  }

  function skip(length: number): number {
    if (at + length > bytes.length) throw broken();
    at += length;
    return at - length;
  }

  function size(): number {
    const code = bytes[at++] ?? 0;
    if (code >> 4 === 8) return code & 15;
    if (code === 0xde) return bytes.readUInt16BE(skip(2));
    throw broken();
  }

  const counters: CounterValues = new Map();
  for (let left = size(); left > 0; left -= 1) {
    const name = number() - firstCounterName;
    counters.set(name, number());
  }
  if (at !== bytes.length) throw broken();
  return counters;
}
