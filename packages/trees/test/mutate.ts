/** Numbers in [0, 1) from a seed (mulberry32). */
export function openRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hostile = [
  '-1',
  '0',
  '1',
  '7',
  '1e999',
  '-1e308',
  '1e308',
  '2147483648',
  '4294967296',
  '1e-320',
  '0.5',
  'NaN',
  'null',
  '"x"',
  '[]',
  '{}',
  'true',
  '',
  '1 2',
  '9007199254740993',
];
const characters = ['"', '{', '}', '[', ']', ',', ':', '=', '\n', ' ', '-', 'e', '\u0000', '\ud800', '9'];

/** One to three small damages to a text: numbers swapped for hostile ones, characters changed, pieces lost or doubled, the end cut off. */
export function mutate(text: string, random: () => number): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const place = () => Math.floor(random() * text.length);
  const kinds: (() => string)[] = [
    () => replaceNumber(text, place(), pick(hostile)),
    () => replaceNumber(text, place(), pick(hostile)),
    () => replaceNumber(text, place(), String(Math.floor(random() * 40) - 4)),
    () => replaceNumber(text, place(), String((random() - 0.5) * 10)),
    () => splice(text, place(), 1, pick(characters)),
    () => splice(text, place(), Math.floor(random() * 40), ''),
    () => doublePiece(text, place(), Math.floor(random() * 60)),
    () => text.slice(0, place()),
  ];
  // The last kinds destroy most; numbers are where a file lies quietly.
  const rounds = 1 + Math.floor(random() * 3);
  for (let round = 0; round < rounds; round++) text = kinds[Math.floor(random() ** 2 * kinds.length)]!();
  return text;
}

const splice = (text: string, at: number, length: number, replacement: string): string =>
  text.slice(0, at) + replacement + text.slice(at + length);

function doublePiece(text: string, at: number, length: number): string {
  return splice(text, at, 0, text.slice(at, at + length));
}

/** Replaces the first number at or behind a place. */
function replaceNumber(text: string, at: number, replacement: string): string {
  const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  number.lastIndex = at;
  const found = number.exec(text);
  return found ? splice(text, found.index, found[0].length, replacement) : text;
}
