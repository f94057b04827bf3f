/** What a body may hold at most; beyond it the request is refused before any recursive code sees it. */
export const jsonLimits = { depth: 32, keys: 256, stringLength: 8_192 } as const;

/** Names that reach into an object's prototype when a careless copy meets them. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

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

const COLON = 0x3a;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const [CAPITAL_E, SMALL_E, ZERO, NINE, POINT] = [0x45, 0x65, 0x30, 0x39, 0x2e];
/** No number of fewer digits overflows without an exponent. */
const safeDigits = 300;

/**
 * How many names the objects of a text have, where a short look shows that it keeps all limits but the one on names that are there twice; −1 where it
 * does not, for `guardJson` to look closely. Nearly every body is so plain, and is passed through in a tenth of the time.
 */
function countPlainNames(text: string): number {
  if (text.includes('\\')) return -1;
  for (const name of forbiddenKeys) if (text.includes(name)) return -1;
  let [names, depth, digits] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char >= ZERO && char <= NINE) {
      if (++digits > safeDigits) return -1;
      continue;
    }
    if (digits > 0 && (char === SMALL_E || char === CAPITAL_E || char === POINT)) {
      // A point: the digits after it count on, which is on the safe side.
      if (char !== POINT) return -1;
      continue;
    }
    digits = 0;
    if (char === QUOTE) {
      const end = text.indexOf('"', at + 1);
      if (end < 0 || end - at > jsonLimits.stringLength) return -1;
      at = end;
    } else if (char === COLON) {
      if (++names > jsonLimits.keys) return -1;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (++depth > jsonLimits.depth) return -1;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1;
  }
  return names;
}

/** How many names the objects in a value have; as deep as the value, which was bounded before. */
function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let names = 0;
  if (Array.isArray(value)) for (const one of value) names += countNames(one);
  else
    for (const name in value) {
      names += 1;
      const inner = (value as Record<string, unknown>)[name];
      if (typeof inner === 'object') names += countNames(inner);
    }
  return names;
}

/** Where a name is there twice, only one of them is in the value. */
function parsePlain(text: string): unknown {
  const names = countPlainNames(text);
  if (names < 0) return undefined;
  const value = JSON.parse(text) as unknown;
  return countNames(value) === names ? value : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** A request body as a value: UTF-8, guarded, then parsed. Raises JsonRefused. */
export function parseBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new JsonRefused('', 'the body is not UTF-8');
  }
  return parseText(text);
}

/** The same for a text. Raises JsonRefused. */
export function parseText(text: string): unknown {
  try {
    const plain = parsePlain(text);
    if (plain !== undefined) return plain;
    guardJson(text);
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof JsonRefused) throw error;
    throw new JsonRefused('', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}
