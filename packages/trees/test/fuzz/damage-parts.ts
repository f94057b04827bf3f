import type { Corpus, Seedling } from './corpus.ts';
import { hostileValuesOf } from './hostile-values.ts';
import type { Part, PartKind } from './parts.ts';
import type { Random } from './random.ts';

/** Puts `by` in the place of a part. */
export interface Edit extends Part {
  readonly by: string;
}

/** What a damage knows. */
export interface Ground {
  readonly seedling: Seedling;
  readonly corpus: Corpus;
  readonly random: Random;
}

/** A way to damage a file along its structure; none where the file has no such part. */
export type PartDamage = (ground: Ground) => readonly Edit[];

const values: readonly PartKind[] = ['number', 'text', 'word', 'array', 'object'];
const children: readonly PartKind[] = ['member', 'item'];
const depths = [1, 2, 40, 300, 1_500, 20_000];

/** A random part of one of some kinds. */
function partOf({ seedling, random }: Ground, kinds: readonly PartKind[]): Part | undefined {
  const present = kinds.filter((kind) => seedling.parts[kind].length > 0);
  return present.length === 0 ? undefined : random.pick(seedling.parts[random.pick(present)]);
}

const textOf = ({ bytes }: Seedling, { start, end }: Part): string => bytes.slice(start, end);

/** Replaces a part of some kinds. */
const replacing =
  (kinds: readonly PartKind[], by: (ground: Ground, text: string) => string): PartDamage =>
  (ground) => {
    const part = partOf(ground, kinds);
    return part === undefined ? [] : [{ ...part, by: by(ground, textOf(ground.seedling, part)) }];
  };

/** Inserts behind a child what is made of it. */
const following =
  (kind: 'member' | 'item', make: (ground: Ground, text: string) => string): PartDamage =>
  (ground) => {
    const part = partOf(ground, [kind]);
    const separator = hostileValuesOf(ground.seedling).separators[kind];
    return part === undefined
      ? []
      : [{ start: part.end, end: part.end, by: separator + make(ground, textOf(ground.seedling, part)) }];
  };

/** Two parts, each in the other's place. */
const swapping =
  (kinds: readonly PartKind[]): PartDamage =>
  (ground) => {
    const kind = ground.random.pick(kinds);
    const [one, other] = [partOf(ground, [kind]), partOf(ground, [kind])];
    if (one === undefined || other === undefined || (one.start < other.end && other.start < one.end)) return [];
    const { seedling } = ground;
    return [
      { ...one, by: textOf(seedling, other) },
      { ...other, by: textOf(seedling, one) },
    ];
  };

function remove(ground: Ground): readonly Edit[] {
  const part = partOf(ground, children);
  if (part === undefined) return [];
  const { bytes } = ground.seedling;
  if (bytes[part.end] === ',') return [{ start: part.start, end: part.end + 1, by: '' }];
  return [{ start: bytes[part.start - 1] === ',' ? part.start - 1 : part.start, end: part.end, by: '' }];
}

/** Small numbers are indices, counts and flags; a wrong one of the right size is the quietest lie. */
const smallNumber = (random: Random): string => String(random.below(40) - 4);

function otherFixture({ seedling, corpus, random }: Ground): Seedling {
  const alike = corpus.names.filter((name) => name.split('-')[0] === seedling.name.split('-')[0]);
  return corpus.get(random.pick(random.uniform() < 0.7 ? alike : corpus.names));
}

const isBinary = ({ seedling }: Ground) => seedling.format === 'ubj';

/** By name, so that a mutant says what it is. */
export const partDamages: Readonly<Record<string, PartDamage>> = {
  'hostile number': replacing(['number'], ({ seedling, random }) => random.pick(hostileValuesOf(seedling).numbers)),
  'small number': replacing(['number'], (ground, text) =>
    isBinary(ground) ? text.slice(0, -1) + String.fromCharCode(ground.random.below(40)) : smallNumber(ground.random),
  ),
  'other setting': replacing(['setting'], ({ seedling, random }) => {
    const { numbers, others } = hostileValuesOf(seedling);
    return random.pick(random.uniform() < 0.5 ? numbers : others);
  }),
  'other number': replacing(['number'], (ground, text) =>
    isBinary(ground)
      ? text.slice(0, -1) + String.fromCharCode(ground.random.below(256))
      : String((ground.random.uniform() - 0.5) * 10 ** ground.random.below(12)),
  ),
  'huge count': replacing(['setting', 'setting', 'number'], ({ seedling, random }) =>
    random.pick(hostileValuesOf(seedling).counts),
  ),
  'other type': replacing(values, ({ seedling, random }) => random.pick(hostileValuesOf(seedling).others)),
  'empty container': replacing(['array', 'object'], ({ seedling, random }) =>
    random.pick(seedling.format === 'lightgbm' ? [''] : ['[]', '{}']),
  ),
  'swapped values': swapping(values),
  'swapped numbers': swapping(['number']),
  'swapped children': swapping(children),
  'another part': replacing(values, (ground) => textOf(ground.seedling, partOf(ground, values)!)),
  'a part of another file': replacing(['array', 'object', 'member'], (ground, text) => {
    const other = otherFixture(ground);
    const part = partOf({ ...ground, seedling: other }, ['array', 'object', 'member']);
    return part === undefined ? text : textOf(other, part);
  }),
  'item again': following('item', ({ random }, text) => text.repeat(1) + (random.uniform() < 0.02 ? `,${text}`.repeat(200) : '')),
  'key twice': following('member', ({ seedling, random }, text) =>
    seedling.format === 'json' && random.uniform() < 0.5
      ? text.replace(/^"(.)/, (_, first: string) => `"\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : text,
  ),
  'other key': replacing(['key'], (ground) =>
    ground.random.uniform() < 0.5
      ? ground.random.pick(hostileValuesOf(ground.seedling).keys)
      : textOf(ground.seedling, partOf(ground, ['key'])!),
  ),
  'child lost': remove,
  'deep nesting': replacing(values, ({ seedling, random }, text) => {
    const depth = random.pick(depths);
    const [open, close] = hostileValuesOf(seedling).brackets;
    return open.repeat(depth) + (random.uniform() < 0.5 ? text : '') + close.repeat(depth);
  }),
};
