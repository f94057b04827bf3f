import type { JsonPath } from './json-path.ts';

/** The first thing wrong with a JSON text. */
export interface JsonFault {
  readonly problem: string;
  /** In UTF-16 units from the text's beginning. */
  readonly at: number;
  readonly path: JsonPath;
}

interface Level {
  /** Undefined in an array. */
  readonly keys: Set<string> | undefined;
  step: string | number;
}

interface Scan {
  readonly text: string;
  readonly maxNesting: number;
  /** The objects and arrays around the place. */
  readonly levels: Level[];
  at: number;
  isDone: boolean;
}

/**
 * Reads a text by RFC 8259 and finds the first place where it breaks off or is no JSON, where a key stands twice in an object (escapes resolved),
 * is `__proto__`, or where it nests deeper than `maxNesting`; undefined where nothing is wrong. Slower than `JSON.parse`: for texts that are known to be faulty.
 */
export function findJsonFault(text: string, maxNesting: number): JsonFault | undefined {
  const scan: Scan = { text, maxNesting, levels: [], at: 0, isDone: false };
  while (!scan.isDone) {
    const found = readValue(scan) ?? readBehind(scan);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Down to the next value that holds no other. */
function readValue(scan: Scan): JsonFault | undefined {
  const { text, levels, maxNesting } = scan;
  for (;;) {
    skipWhite(scan);
    const isObject = text[scan.at] === '{';
    if (!isObject && text[scan.at] !== '[') return readScalar(scan);
    if (levels.length === maxNesting) return fault(scan, `it is nested deeper than ${maxNesting}`);
    levels.push({ keys: isObject ? new Set() : undefined, step: isObject ? '' : 0 });
    scan.at++;
    skipWhite(scan);
    if (isEndOf(levels.at(-1), text[scan.at])) return undefined;
    const found = isObject ? readKey(scan) : undefined;
    if (found !== undefined) return found;
  }
}

/** Behind a value: the objects and arrays that end here, then a comma or the text's end. */
function readBehind(scan: Scan): JsonFault | undefined {
  const { text, levels } = scan;
  skipWhite(scan);
  while (isEndOf(levels.at(-1), text[scan.at])) {
    levels.pop();
    scan.at++;
    skipWhite(scan);
  }
  const level = levels.at(-1);
  scan.isDone = level === undefined;
  if (level === undefined) return scan.at === text.length ? undefined : broken(scan);
  if (text[scan.at] !== ',') return broken(scan);
  scan.at++;
  if (level.keys !== undefined) return readKey(scan);
  level.step = Number(level.step) + 1;
  return undefined;
}

const isEndOf = (level: Level | undefined, character: string | undefined): boolean =>
  level !== undefined && character === (level.keys === undefined ? ']' : '}');

function readKey(scan: Scan): JsonFault | undefined {
  const { text, levels } = scan;
  const { keys } = levels.at(-1)!;
  levels.at(-1)!.step = '';
  skipWhite(scan);
  const start = scan.at;
  if (text[start] !== '"') return broken(scan);
  const found = readScalar(scan);
  if (found !== undefined) return found;
  const name = JSON.parse(text.slice(start, scan.at)) as string;
  levels.at(-1)!.step = name;
  if (name === '__proto__') return fault(scan, 'it holds a key that no model has', start);
  if (keys!.has(name)) return fault(scan, 'a key stands twice', start);
  keys!.add(name);
  skipWhite(scan);
  if (text[scan.at] !== ':') return broken(scan);
  scan.at++;
  return undefined;
}

/** A text, a number or a word. */
function readScalar(scan: Scan): JsonFault | undefined {
  const end = endOfScalar(scan.text, scan.at);
  scan.at = end < 0 ? -end - 1 : end;
  return end < 0 ? broken(scan) : undefined;
}

function skipWhite(scan: Scan): void {
  while (scan.at < scan.text.length && ' \n\r\t'.includes(scan.text[scan.at]!)) scan.at++;
}

const fault = ({ levels, at }: Scan, problem: string, place = at): JsonFault => ({
  problem,
  at: place,
  path: levels.map(({ step }) => step),
});

const broken = (scan: Scan): JsonFault =>
  fault(
    scan,
    scan.at < scan.text.length
      ? `${JSON.stringify(scan.text.charAt(scan.at))} is no JSON here`
      : 'it is not whole: it breaks off',
  );

const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** Where the text, number or word that begins here ends; −1 − the place of what breaks it otherwise. */
function endOfScalar(text: string, start: number): number {
  if (text[start] === '"') return endOfText(text, start);
  for (const word of ['true', 'false', 'null']) if (text.startsWith(word, start)) return start + word.length;
  numeral.lastIndex = start;
  return numeral.test(text) ? numeral.lastIndex : -start - 1;
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -at - 1;
    if (code !== 0x5c) continue;
    escaped.lastIndex = at;
    if (!escaped.test(text)) return -at - 1;
    at = escaped.lastIndex - 1;
  }
  return -text.length - 1;
}
