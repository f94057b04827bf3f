import { ModelFileError } from '../errors.ts';
import { nameOf, placeOf } from './json-path.ts';

/** Deeper files are refused: XGBoost nests about eight deep. */
const MAX_NESTING = 64;

interface Fixed {
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

/** Numbers are big-endian. */
const fixed: Readonly<Record<string, Fixed>> = {
  i: { bytes: 1, read: (view, at) => view.getInt8(at) },
  U: { bytes: 1, read: (view, at) => view.getUint8(at) },
  I: { bytes: 2, read: (view, at) => view.getInt16(at) },
  l: { bytes: 4, read: (view, at) => view.getInt32(at) },
  L: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at)) },
  d: { bytes: 4, read: (view, at) => view.getFloat32(at) },
  D: { bytes: 8, read: (view, at) => view.getFloat64(at) },
};

const words: Readonly<Record<string, unknown>> = { T: true, F: false, Z: null };

/**
 * Reads Universal Binary JSON (ubjson.org, draft 12) as far as XGBoost writes it; each length is checked against the bytes that are left.
 * Errors name the byte, the path and, where it leads into one, the tree.
 */
export function parseUbj(bytes: Uint8Array): unknown {
  const cursor = openCursor(bytes);
  const path: (string | number)[] = [];
  try {
    const value = readValue(cursor, cursor.mark(), path);
    if (cursor.left() > 0) throw new ModelFileError(`${cursor.left()} bytes follow its end`);
    return value;
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    const where = path.length > 0 ? ` at "${nameOf(path)}"` : '';
    throw new ModelFileError(
      `${error.problem}${where}; save the model again`,
      { ...placeOf(path), byte: cursor.at() },
      { cause: error },
    );
  }
}

type Cursor = ReturnType<typeof openCursor>;

function openCursor(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;
  const take = (size: number): number => {
    if (size > view.byteLength - at) throw new ModelFileError(`it ends at byte ${view.byteLength}, in the middle of a value`);
    at += size;
    return at - size;
  };
  return {
    at: () => at,
    left: () => view.byteLength - at,
    peek: () => (at < view.byteLength ? String.fromCharCode(view.getUint8(at)) : ''),
    mark: () => String.fromCharCode(view.getUint8(take(1))),
    number: (kind: Fixed) => kind.read(view, take(kind.bytes)),
    text(size: number): string {
      const start = take(size);
      try {
        return decoder.decode(bytes.subarray(start, start + size));
      } catch (error) {
        at = start;
        throw new ModelFileError('its text is not UTF-8', {}, { cause: error });
      }
    },
  };
}

function fixedOf(mark: string): Fixed {
  const kind = Object.hasOwn(fixed, mark) ? fixed[mark] : undefined;
  if (kind === undefined) throw new ModelFileError(`it holds the unknown mark ${JSON.stringify(mark)}`);
  return kind;
}

function readLength(cursor: Cursor): number {
  const length = cursor.number(fixedOf(cursor.mark()));
  // Whatever it counts takes a byte at least, so no length exceeds what is left.
  if (!Number.isInteger(length) || length < 0 || length > cursor.left()) {
    throw new ModelFileError(`it claims a length of ${length}, ${cursor.left()} bytes are left`);
  }
  return length;
}

/** `path` leads to the value, and is as it was when the value is read; where reading fails it leads to the failure. */
function readValue(cursor: Cursor, mark: string, path: (string | number)[]): unknown {
  if (path.length > MAX_NESTING) throw new ModelFileError(`it is nested deeper than ${MAX_NESTING}`);
  if (mark === '{') return readObject(cursor, path);
  if (mark === '[') return readArray(cursor, path);
  if (mark === 'S') return cursor.text(readLength(cursor));
  if (mark === 'C') return cursor.text(1);
  return Object.hasOwn(words, mark) ? words[mark] : cursor.number(fixedOf(mark));
}

function readObject(cursor: Cursor, path: (string | number)[]): unknown {
  const members: Record<string, unknown> = {};
  while (cursor.peek() !== '}') {
    const key = cursor.text(readLength(cursor));
    path.push(key);
    if (key === '__proto__') throw new ModelFileError('it holds a key that no model has');
    if (Object.hasOwn(members, key)) throw new ModelFileError('a key stands twice');
    members[key] = readValue(cursor, cursor.mark(), path);
    path.pop();
  }
  cursor.mark();
  return members;
}

function readArray(cursor: Cursor, path: (string | number)[]): unknown[] {
  const items: unknown[] = [];
  const readItem = () => {
    path.push(items.length);
    items.push(readValue(cursor, cursor.mark(), path));
    path.pop();
  };
  if (cursor.peek() === '$') {
    cursor.mark();
    const kind = fixedOf(cursor.mark());
    if (cursor.mark() !== '#') throw new ModelFileError('a typed array has no length');
    for (let left = readLength(cursor); left > 0; left--) items.push(cursor.number(kind));
  } else if (cursor.peek() === '#') {
    cursor.mark();
    for (let left = readLength(cursor); left > 0; left--) readItem();
  } else {
    while (cursor.peek() !== ']') readItem();
    cursor.mark();
  }
  return items;
}
