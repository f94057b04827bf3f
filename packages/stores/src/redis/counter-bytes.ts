import { RedisFailure } from './failure.ts';

const broken = (): RedisFailure =>
  new RedisFailure('refused', 'the counters of an item, brand, category or shop in Redis make no sense');

/** Reads lists of lists of whole numbers ≥ 0, as a step packs them (MessagePack, github.com/msgpack/msgpack/blob/master/spec.md). */
export function readRows(bytes: Buffer): number[][] {
  let at = 0;

  function skip(length: number): number {
    if (at + length > bytes.length) throw broken();
    at += length;
    return at - length;
  }

  function number(): number {
    const code = bytes[skip(1)]!;
    if (code < 0x80) return code;
    if (code === 0xcc) return bytes[skip(1)]!;
    if (code === 0xcd) return bytes.readUInt16BE(skip(2));
    if (code === 0xce) return bytes.readUInt32BE(skip(4));
    if (code === 0xcf) return Number(bytes.readBigUInt64BE(skip(8)));
    throw broken();
  }

  function size(): number {
    const code = bytes[skip(1)]!;
    if (code >> 4 === 9) return code & 15;
    if (code === 0xdc) return bytes.readUInt16BE(skip(2));
    throw broken();
  }

  const lists: number[][] = [];
  for (let left = size(); left > 0; left -= 1) {
    const list: number[] = [];
    for (let rest = size(); rest > 0; rest -= 1) list.push(number());
    lists.push(list);
  }
  if (at !== bytes.length) throw broken();
  return lists;
}
