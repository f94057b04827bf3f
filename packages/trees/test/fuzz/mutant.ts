import type { Corpus } from './corpus.ts';
import { byteDamages } from './damage-bytes.ts';
import { type Edit, type Ground, partDamages } from './damage-parts.ts';
import { openRandom } from './random.ts';

/** Names one mutant for good, as long as its fixture and the damages stay. */
export interface MutantId {
  readonly seed: number;
  readonly number: number;
  /** Drawn from the corpus where it is not given. */
  readonly fixture?: string | undefined;
}

export interface Mutant {
  readonly id: MutantId & { readonly fixture: string };
  /** What was done to the fixture. */
  readonly damages: readonly string[];
  readonly bytes: Uint8Array;
  /** It may never be believed: nothing was done to it but to double a key. */
  readonly isDoubled: boolean;
  /** One in ten, which the dearer checks are made of. */
  readonly isSample: boolean;
}

const partNames = Object.keys(partDamages);
/** A wrong number is the damage that most often goes unnoticed. */
const quietNames = partNames.filter((name) => name.endsWith('number'));
const byteNames = Object.keys(byteDamages);

/** Makes a mutant: one to three damages along the structure of a fixture, or among its bytes, or both. */
export function makeMutant(
  corpus: Corpus,
  { seed, number, fixture = corpus.names[number % corpus.names.length]! }: MutantId,
): Mutant {
  const random = openRandom(seed, number);
  const ground: Ground = { seedling: corpus.get(fixture), corpus, random };
  const damages: string[] = [];
  const style = random.uniform();
  let bytes = ground.seedling.bytes;
  if (style < 0.9) bytes = applyEdits(bytes, drawEdits(ground, 1 + Math.floor(3 * random.uniform() ** 3), damages));
  // Bytes at random destroy most files; structure is where a file lies quietly.
  for (let left = style < 0.8 ? 0 : 1 + random.below(2); left > 0; left--) {
    const name = random.pick(byteNames);
    damages.push(name);
    bytes = byteDamages[name]!(bytes === '' ? ' ' : bytes, ground);
  }
  const isDoubled = damages.join() === 'key twice' && ground.seedling.format !== 'lightgbm';
  return {
    id: { seed, number, fixture },
    damages,
    bytes: Buffer.from(bytes, 'latin1'),
    isDoubled,
    isSample: random.uniform() < 0.1,
  };
}

/** Edits that do not overlap. */
function drawEdits(ground: Ground, count: number, damages: string[]): Edit[] {
  const edits: Edit[] = [];
  for (let left = count; left > 0; left--) {
    const name = ground.random.pick(ground.random.uniform() < 0.3 ? quietNames : partNames);
    const drawn = partDamages[name]!(ground);
    if (drawn.some(({ start, end }) => edits.some((edit) => start <= edit.end && edit.start <= end))) continue;
    damages.push(name);
    edits.push(...drawn);
  }
  return edits;
}

function applyEdits(bytes: string, edits: Edit[]): string {
  let text = '';
  let at = 0;
  for (const { start, end, by } of edits.sort((one, other) => one.start - other.start)) {
    text += bytes.slice(at, start) + by;
    at = end;
  }
  return text + bytes.slice(at);
}
