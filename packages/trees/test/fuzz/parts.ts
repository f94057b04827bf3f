/** What a part of a file is; a `member` is a key with its value (or a line), an `item` a value in an array, a `setting` a member's value that holds no other. */
export type PartKind = 'number' | 'text' | 'word' | 'array' | 'object' | 'key' | 'member' | 'item' | 'setting';

/** A stretch of a file, in bytes. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** The parts of a file by kind. */
export type Parts = Readonly<Record<PartKind, readonly Part[]>>;

/** Collects parts. */
export function openParts() {
  const parts: Record<PartKind, Part[]> = {
    number: [],
    text: [],
    word: [],
    array: [],
    object: [],
    key: [],
    member: [],
    item: [],
    setting: [],
  };
  return { parts, add: (kind: PartKind, start: number, end: number) => parts[kind].push({ start, end }) };
}

interface Level {
  readonly isObject: boolean;
  readonly start: number;
  key: number | undefined;
}

/** The parts of a valid JSON text. */
export function jsonParts(text: string): Parts {
  const { parts, add } = openParts();
  const levels: Level[] = [];
  const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]]|true|false|null/g;
  const close = (start: number, end: number) => {
    const level = levels.at(-1);
    if (level === undefined) return;
    add(level.isObject ? 'member' : 'item', level.key ?? start, end);
    level.key = undefined;
  };
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [piece] = found;
    const start = found.index;
    const end = start + piece.length;
    if (piece === '{' || piece === '[') levels.push({ isObject: piece === '{', start, key: undefined });
    else if (piece === '}' || piece === ']') {
      const level = levels.pop()!;
      add(level.isObject ? 'object' : 'array', level.start, end);
      close(level.start, end);
    } else if (levels.at(-1)?.isObject === true && levels.at(-1)!.key === undefined) {
      add('key', start, end);
      levels.at(-1)!.key = start;
    } else {
      add(piece.startsWith('"') ? 'text' : /^[tfn]/.test(piece) ? 'word' : 'number', start, end);
      if (levels.at(-1)?.isObject === true) add('setting', start, end);
      close(start, end);
    }
  }
  return parts;
}

/** The parts of a LightGBM text: trees are objects, lines members, lists arrays. */
export function lightgbmParts(text: string): Parts {
  const { parts, add } = openParts();
  for (const tree of text.matchAll(/^Tree=\d+\n(?:.+\n)+/gm)) add('object', tree.index, tree.index + tree[0].length);
  for (const line of text.matchAll(/^([^=\n]+)(=?)(.*)\n/gm)) {
    const [whole, key = '', equals = '', list = ''] = line;
    add('member', line.index, line.index + whole.length);
    add('key', line.index, line.index + key.length);
    const start = line.index + key.length + equals.length;
    if (list !== '') add('array', start, start + list.length);
    if (/^\S+$/.test(list)) add('setting', start, start + list.length);
    for (const word of list.matchAll(/\S+/g)) {
      const at = start + word.index;
      add(Number.isNaN(Number(word[0])) ? 'text' : 'number', at, at + word[0].length);
      add('item', at, at + word[0].length);
    }
  }
  return parts;
}
