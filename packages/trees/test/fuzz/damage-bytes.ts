import type { Ground } from './damage-parts.ts';
import { hostileBytes } from './hostile-values.ts';

/** A way to damage a file that knows nothing of its structure. */
export type ByteDamage = (bytes: string, ground: Ground) => string;

const replace = (bytes: string, at: number, length: number, by: string): string =>
  bytes.slice(0, at) + by + bytes.slice(at + length);

/** By name, so that a mutant says what it is. */
export const byteDamages: Readonly<Record<string, ByteDamage>> = {
  'other byte': (bytes, { random }) => replace(bytes, random.below(bytes.length), 1, String.fromCharCode(random.below(256))),
  'flipped bit': (bytes, { random }) => {
    const at = random.below(bytes.length);
    return replace(bytes, at, 1, String.fromCharCode((bytes.charCodeAt(at) ^ (1 << random.below(8))) & 0xff));
  },
  'hostile byte': (bytes, { random }) => replace(bytes, random.below(bytes.length), random.below(2), random.pick(hostileBytes)),
  'hostile beginning': (bytes, { random }) => random.pick(hostileBytes) + bytes,
  'bytes lost': (bytes, { random }) => replace(bytes, random.below(bytes.length), random.below(40), ''),
  'bytes again': (bytes, { random }) => {
    const at = random.below(bytes.length);
    return replace(bytes, at, 0, bytes.slice(at, at + random.below(60)));
  },
  'blotted bytes': (bytes, { random }) => {
    const at = random.below(bytes.length);
    const length = Math.min(random.below(200), bytes.length - at);
    return replace(bytes, at, length, random.pick(['\0', ' ', '9', '\xff']).repeat(length));
  },
  'cut off': (bytes, { random }) => bytes.slice(0, random.below(bytes.length)),
  'two files in one': (bytes, { corpus, random }) => {
    const other = corpus.get(random.pick(corpus.names)).bytes;
    return bytes.slice(0, random.below(bytes.length)) + other.slice(random.below(other.length));
  },
};
