import { refuse } from './files.ts';

const MAX_DEPTH = 32;
const QUOTE = 34;
const BACKSLASH = 92;

/** Index after the string that starts at `start` (its opening quote); the end of the text where it never closes. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

const isNumberStart = (code: number): boolean => code === 45 || (code >= 48 && code <= 57);
const isNumberPart = (code: number): boolean => isNumberStart(code) || code === 43 || code === 46 || code === 69 || code === 101;

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && isNumberPart(text.charCodeAt(at))) at++;
  return at;
}

/** Notes a key of an object; undefined keys = we are in an array. */
function noteKey(keys: Set<string>, raw: string, file: string): void {
  const key = JSON.parse(raw) as string;
  if (key === '__proto__') refuse(`${file} holds the key "__proto__"`);
  if (keys.has(key)) refuse(`${file} holds the key ${JSON.stringify(key.slice(0, 80))} twice in one object`);
  keys.add(key);
}

/** A string is a key where it stands in an object after `{` or `,`. */
interface Open {
  readonly keys: Set<string> | undefined;
  expectsKey: boolean;
}

/** What JSON.parse lets pass and no bundle may hold: deep nesting, a key twice, `__proto__`, numbers too large for a double. */
function scan(text: string, file: string): void {
  const open: Open[] = [];
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const top = open.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (top?.keys && top.expectsKey) {
        noteKey(top.keys, text.slice(at, end), file);
        top.expectsKey = false;
      }
      at = end;
    } else if (isNumberStart(code)) {
      const end = endOfNumber(text, at);
      if (!Number.isFinite(Number(text.slice(at, end))))
        refuse(`${file} holds the number ${text.slice(at, Math.min(end, at + 40))}, which is not finite`);
      at = end;
    } else {
      if (code === 123 || code === 91) {
        if (open.length >= MAX_DEPTH) refuse(`${file} is nested deeper than ${MAX_DEPTH}`);
        open.push({ keys: code === 123 ? new Set() : undefined, expectsKey: true });
      } else if (code === 125 || code === 93) open.pop();
      else if (code === 44 && top) top.expectsKey = true;
      at++;
    }
  }
}

/** JSON text to value, refusing what a careless parser would let pass (see `scan`); `file` names it in the refusal. */
export function parseStrictJson(text: string, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse(`${file} is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
  scan(text, file);
  return value;
}
