/** What a body may hold at most; beyond it the request is refused before any recursive code sees it. */
export const jsonLimits = { depth: 32, keys: 256, stringLength: 8_192 } as const;

/** Names that reach into an object's prototype when a careless copy meets them. */
export const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A body that is refused: where, and why. */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused';
  readonly pointer: string;
  readonly detail: string;

  constructor(pointer: string, detail: string) {
    super(`${pointer || 'the body'}: ${detail}`);
    this.pointer = pointer;
    this.detail = detail;
  }
}

interface Frame {
  readonly keys: Set<string> | undefined;
  key: string | number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const numberAt = /-?\d[\d.eE+-]*/y;
const spaceAt = /[ \t\r\n]*/y;

const pointerOf = (frames: readonly Frame[]): string =>
  frames.map(({ key }) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const stringEnd = (text: string, from: number): number => {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
};

const after = (text: string, pattern: RegExp, at: number): number => {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
};

function enterKey(frames: readonly Frame[], raw: string): void {
  const frame = frames.at(-1)!;
  const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  const twice = frame.keys!.has(key);
  frame.keys!.add(key);
  frame.key = key;
  if (forbiddenKeys.has(key)) throw new JsonRefused(pointerOf(frames), 'this name is not allowed');
  if (twice) throw new JsonRefused(pointerOf(frames), 'the name is there twice');
  if (frame.keys!.size > jsonLimits.keys)
    throw new JsonRefused(pointerOf(frames.slice(0, -1)), `more than ${jsonLimits.keys} names in one object`);
}

function readString(text: string, at: number, frames: readonly Frame[]): number {
  const end = stringEnd(text, at);
  const raw = text.slice(at, end + 1);
  const isKey = frames.at(-1)?.keys !== undefined && text[after(text, spaceAt, end + 1)] === ':';
  // The length of the raw form bounds that of the text: an escape never grows.
  if (
    raw.length > jsonLimits.stringLength + 2 &&
    (isKey || raw.length > 6 * jsonLimits.stringLength + 2 || lengthOf(raw) > jsonLimits.stringLength)
  ) {
    throw new JsonRefused(isKey ? '' : pointerOf(frames), `a text longer than ${jsonLimits.stringLength} characters`);
  }
  if (isKey) enterKey(frames, raw);
  return end + 1;
}

const lengthOf = (raw: string): number => (JSON.parse(raw) as string).length;

function readNumber(text: string, at: number, frames: readonly Frame[]): number {
  const end = after(text, numberAt, at);
  if (end === 0) return at + 1;
  if (!Number.isFinite(Number(text.slice(at, end))))
    throw new JsonRefused(pointerOf(frames), 'the number is too large to be held');
  return end;
}

/**
 * Refuses what JSON.parse would let through: nesting, names and texts beyond the limits, the same name twice, numbers that overflow to infinity,
 * and names that reach into prototypes. One pass, no recursion; whether the text is JSON at all is left to JSON.parse.
 */
export function guardJson(text: string): void {
  const frames: Frame[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '"') {
      at = readString(text, at, frames);
      continue;
    }
    if (char === '-' || (char >= '0' && char <= '9')) {
      at = readNumber(text, at, frames);
      continue;
    }
    if (char === '{' || char === '[') {
      frames.push(char === '{' ? { keys: new Set(), key: '' } : { keys: undefined, key: 0 });
      if (frames.length > jsonLimits.depth) throw new JsonRefused('', `nested deeper than ${jsonLimits.depth} levels`);
    } else if (char === '}' || char === ']') frames.pop();
    else if (char === ',') {
      const frame = frames.at(-1);
      if (typeof frame?.key === 'number') frame.key += 1;
    }
    at += 1;
  }
}
