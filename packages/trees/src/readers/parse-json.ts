import { ModelFileError } from '../errors.ts';
import { MAX_DEPTH } from '../lay-out.ts';
import { findJsonFault } from './json-fault.ts';
import { nameOf, placeOf } from './json-path.ts';

/** A tree of CatBoost's nests as deep as it is; the rest of any format stays below this remainder. */
const MAX_NESTING = MAX_DEPTH + 64;

/**
 * Parses JSON as `JSON.parse` does, and refuses with a ModelFileError what that lets pass: a key that stands twice (its last value would
 * silently win), the key `__proto__`, keys with a backslash, nesting beyond MAX_NESTING. Errors name byte, path and, where it leads into one, tree.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Engines differ in words, places and how deep they go: the scanner's finding does not.
    throw fault(text, error);
  }
  // Equal counts: each key in the text is one in the objects, so none stands twice. Otherwise the slow scanner knows.
  const found = countKeys(value, text.includes('\\')) === countPossibleKeys(text) ? undefined : findJsonFault(text, MAX_NESTING);
  if (found !== undefined) throw fault(text, undefined, found);
  return value;
}

/** How many keys all objects together have; NaN where the nesting or `__proto__` is to be refused. Keys with a backslash are refused here. */
function countKeys(root: unknown, hasBackslash: boolean): number {
  if (!isObject(root)) return 0;
  let count = 0;
  const waiting: object[] = [root];
  const depths: number[] = [1];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const depth = depths.pop()!;
    if (depth > MAX_NESTING) return Number.NaN;
    const below = waiting.length;
    if (Array.isArray(value)) {
      // Most arrays hold numbers alone, and all of them are walked: nothing is called here.
      for (let index = 0; index < value.length; index++) {
        const item: unknown = value[index];
        if (typeof item === 'object' && item !== null) waiting.push(item);
      }
    } else {
      // for … in makes no list of the keys; what JSON.parse makes inherits none.
      for (const key in value) {
        if (key === '__proto__') return Number.NaN;
        if (hasBackslash && key.includes('\\')) refuseBackslash(key);
        addObject(waiting, (value as Record<string, unknown>)[key]);
        count++;
      }
    }
    for (let added = waiting.length - below; added > 0; added--) depths.push(depth + 1);
  }
  return count;
}

function addObject(waiting: object[], value: unknown): void {
  if (isObject(value)) waiting.push(value);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Colons behind white space and a quote that is not escaped. Every key has one; a text that begins with a colon has one too. */
function countPossibleKeys(text: string): number {
  let count = 0;
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    let at = colon - 1;
    while (isWhite(text.charCodeAt(at))) at--;
    if (text.charCodeAt(at) === QUOTE && !isEscaped(text, at)) count++;
  }
  return count;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

const isWhite = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/**
 * V8 12.8 to 14.6 takes an escaped key for one with a backslash that it has seen at the same place (nodejs/node#63785): once `{"\\":1}` was
 * parsed, `{"\n":1}` has the key `\`. A misread key always has a backslash, and no model has such a key.
 */
function refuseBackslash(key: string): never {
  throw new ModelFileError(`it holds the key ${JSON.stringify(key.slice(0, 60))}, which no model has; save the model again`);
}

function fault(text: string, cause: unknown, found = findJsonFault(text, MAX_NESTING)): ModelFileError {
  // What the engine refuses and the scanner passes is a lack of the engine, such as memory.
  if (found === undefined)
    return new ModelFileError(`it cannot be parsed: ${String(cause)}; train a smaller model`, {}, { cause });
  const byte = new TextEncoder().encode(text.slice(0, found.at)).length;
  const place = { ...placeOf(found.path), byte };
  return new ModelFileError(`${found.problem} at "${nameOf(found.path)}"; save the model again`, place, { cause });
}
