const encoder = new TextEncoder();
/** Room for every text hashed here: two identifiers of 256 characters and a few words, in UTF-8. */
const scratch = new Uint8Array(4_096);

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** MurmurHash3_x86_32 (Appleby, 2011, public domain) of a text's UTF-8 bytes: a whole number in [0, 2³²). */
export function murmur3(text: string, seed = 0): number {
  const isLong = text.length * 3 > scratch.length;
  const bytes = isLong ? encoder.encode(text) : scratch;
  const length = isLong ? bytes.length : encoder.encodeInto(text, scratch).written;
  const tail = length - (length % 4);
  let hash = seed | 0;
  for (let at = 0; at < tail; at += 4) {
    hash ^= mixed(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = length - 1; at >= tail; at--) rest = (rest << 8) | bytes[at]!;
  hash ^= mixed(rest) ^ length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const mixed = (block: number): number => Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
