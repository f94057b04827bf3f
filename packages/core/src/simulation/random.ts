/** A seeded stream of chance. The same seed and the same calls give the same numbers, on every machine. */
export interface Random {
  /** Uniform on the open interval (0, 1), 32 bits fine: never 0, never 1. */
  uniform(): number;
  /** A stream of its own, decided by this stream's seed and `name` alone, however much of either was drawn. */
  fork(name: string): Random;
}

/** Opens the stream that belongs to a seed. */
export function openRandom(seed: number | string): Random {
  const name = String(seed);
  const uniform = sfc32(...hash128(name));
  return { uniform, fork: (branch) => openRandom(`${name}/${branch}`) };
}

/** sfc32 by Chris Doty-Humphrey (PractRand 0.95, `sfc.h`): three chaotic words and a counter, period at least 2^32. */
function sfc32(a: number, b: number, c: number, counter: number): () => number {
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return ((sum >>> 0) + 0.5) / 4_294_967_296;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

type Words = [number, number, number, number];

/** Four words of 32 bits from a text: FNV-1a over its characters with four offsets, each finished by murmur3's mixer. */
export function hash128(text: string): Words {
  let [h1, h2, h3, h4] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    h1 = Math.imul(h1 ^ code, 0x01000193);
    h2 = Math.imul(h2 ^ code ^ (h1 >>> 15), 0x01000193);
    h3 = Math.imul(h3 ^ code ^ (h2 >>> 13), 0x01000193);
    h4 = Math.imul(h4 ^ code ^ (h3 >>> 16), 0x01000193);
  }
  return [mix32(h1), mix32(h2 ^ h1), mix32(h3 ^ h2), mix32(h4 ^ h3)];
}

/** The same of the text that stands in bytes [from, to) of ASCII. */
export function hash128Of(bytes: Uint8Array, from: number, to: number): Words {
  let [h1, h2, h3, h4] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let at = from; at < to; at += 1) {
    const code = bytes[at]!;
    h1 = Math.imul(h1 ^ code, 0x01000193);
    h2 = Math.imul(h2 ^ code ^ (h1 >>> 15), 0x01000193);
    h3 = Math.imul(h3 ^ code ^ (h2 >>> 13), 0x01000193);
    h4 = Math.imul(h4 ^ code ^ (h3 >>> 16), 0x01000193);
  }
  return [mix32(h1), mix32(h2 ^ h1), mix32(h3 ^ h2), mix32(h4 ^ h3)];
}

/** murmur3's 32-bit finaliser (Appleby, 2011): one to one, and every bit of the input moves half of the output. */
export function mix32(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
