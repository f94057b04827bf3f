// The hashes that could assign units to variants, over hundreds of salts: evenness, independence of experiments, speed (docs/adr/0019-assignment.md).
import { createHash } from 'node:crypto';
import { murmur3 } from '@tillcast/core/experiments/murmur3';
import { chiSquaredUpper } from '@tillcast/core/experiments/statistics/special/chi-squared';

const salts = Number(process.argv[2] ?? 400);
const units = Number(process.argv[3] ?? 20_000);
const bins = 20;

const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
};
const encoder = new TextEncoder();
const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** XXH32 (Collet, xxhash spec 0.1.1). */
function xxh32(text: string): number {
  const [p1, p2, p3, p4, p5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
  const bytes = encoder.encode(text);
  const word = (at: number): number => bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  let at = 0;
  let hash: number;
  if (bytes.length >= 16) {
    const lanes = [(p1 + p2) | 0, p2 | 0, 0, -p1 | 0];
    for (; at <= bytes.length - 16; at += 16)
      for (let lane = 0; lane < 4; lane++)
        lanes[lane] = Math.imul(rotate((lanes[lane]! + Math.imul(word(at + 4 * lane), p2)) | 0, 13), p1);
    hash = (rotate(lanes[0]!, 1) + rotate(lanes[1]!, 7) + rotate(lanes[2]!, 12) + rotate(lanes[3]!, 18)) | 0;
  } else hash = p5 | 0;
  hash = (hash + bytes.length) | 0;
  for (; at <= bytes.length - 4; at += 4) hash = Math.imul(rotate((hash + Math.imul(word(at), p3)) | 0, 17), p4);
  for (; at < bytes.length; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, p5)) | 0, 11), p1);
  hash = Math.imul(hash ^ (hash >>> 15), p2);
  hash = Math.imul(hash ^ (hash >>> 13), p3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

type Position = (salt: string, unit: string) => number;
const candidates: Readonly<Record<string, Position>> = {
  'FNV-1a, once': (salt, unit) => fnv1a(`${salt}\n${unit}`) / 2 ** 32,
  'FNV-1a of FNV-1a (GrowthBook v2, 10,000 buckets)': (salt, unit) => (fnv1a(String(fnv1a(salt + unit))) % 10_000) / 10_000,
  murmur3_32: (salt, unit) => murmur3(`variant\n${salt}\n${unit}`) / 2 ** 32,
  xxh32: (salt, unit) => xxh32(`variant\n${salt}\n${unit}`) / 2 ** 32,
  'SHA-256, 32 bits': (salt, unit) => createHash('sha256').update(`variant\n${salt}\n${unit}`).digest().readUInt32BE() / 2 ** 32,
};
const families: Readonly<Record<string, (n: number) => string>> = {
  numbered: (n) => `a:${n}`,
  uuid: (n) => {
    const hex = createHash('md5').update(String(n)).digest('hex');
    return `a:${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  },
  stamped: (n) => `a:GA1.1.${100_000_000 + n * 7}.${1_700_000_000 + n}`,
};

const chiSquared = (counts: readonly number[], expected: number): number =>
  counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);

function positions(position: Position, salt: string, names: readonly string[]): Float64Array {
  return Float64Array.from(names, (name) => position(salt, name));
}

for (const [name, position] of Object.entries(candidates)) {
  const told: string[] = [];
  let worst = 1;
  for (const [family, unitOf] of Object.entries(families)) {
    const names = Array.from({ length: units }, (_, n) => unitOf(n));
    let [uneven, dependent] = [0, 0];
    let before: Float64Array | undefined;
    for (let s = 0; s < salts; s++) {
      const at = positions(position, `exp-${s}`, names);
      const counts = new Array<number>(bins).fill(0);
      for (const one of at) counts[Math.floor(one * bins)]!++;
      const even = chiSquaredUpper(chiSquared(counts, units / bins), bins - 1);
      worst = Math.min(worst, even);
      if (even < 0.01) uneven++;
      if (before !== undefined) {
        const cells = new Array<number>(16).fill(0);
        for (let n = 0; n < units; n++) cells[Math.floor(before[n]! * 4) * 4 + Math.floor(at[n]! * 4)]!++;
        // 16 cells of known expectation: uniform and independent together.
        if (chiSquaredUpper(chiSquared(cells, units / 16), 15) < 0.01) dependent++;
      }
      before = at;
    }
    told.push(
      `${family}: uneven ${((100 * uneven) / salts).toFixed(1)} %, dependent ${((100 * dependent) / (salts - 1)).toFixed(1)} %`,
    );
  }
  const sample = Array.from({ length: 1_000 }, (_, n) => families.uuid!(n));
  let nanoseconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 50; round++) {
    const startedAt = performance.now();
    let sum = 0;
    for (const unit of sample) sum += position('model_comparison_2024', unit);
    if (!(sum > 0)) throw new RangeError('the positions must add up to something');
    nanoseconds = Math.min(nanoseconds, ((performance.now() - startedAt) * 1e6) / sample.length);
  }
  process.stdout.write(
    `${name}: ${told.join('; ')}; smallest p ${worst.toExponential(1)}; ${nanoseconds.toFixed(0)} ns a position (fastest of 50 rounds)\n`,
  );
}
