import { openParts, type Parts } from './parts.ts';

const sizes: Readonly<Record<string, number>> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8, T: 0, F: 0, Z: 0, C: 1 };

/** The parts of a valid UBJ file, a byte a character; a number in a typed array is its bytes alone. */
export function ubjParts(file: string): Parts {
  const { parts, add } = openParts();
  const bytes = Buffer.from(file, 'latin1');
  let at = 0;
  const length = (): number => {
    const size = sizes[file[at]!]!;
    at += 1 + size;
    return size === 8 ? Number(bytes.readBigInt64BE(at - 8)) : bytes.readIntBE(at - size, size);
  };
  const value = (): void => {
    const start = at;
    const mark = file[at]!;
    if (mark === '{') {
      at++;
      while (file[at] !== '}') member();
      at++;
      add('object', start, at);
    } else if (mark === '[') {
      at++;
      list();
      add('array', start, at);
    } else if (mark === 'S') {
      at++;
      const size = length();
      at += size;
      add('text', start, at);
    } else {
      at += 1 + sizes[mark]!;
      add('TFZ'.includes(mark) ? 'word' : 'number', start, at);
    }
  };
  const member = (): void => {
    const start = at;
    const size = length();
    at += size;
    add('key', start, at);
    const from = at;
    value();
    if (!'{['.includes(file[from]!)) add('setting', from, at);
    add('member', start, at);
  };
  const list = (): void => {
    if (file[at] === '$') {
      const size = sizes[file[at + 1]!]!;
      at += 3;
      for (let left = length(); left > 0; left--, at += size) add('number', at, at + size);
      return;
    }
    const item = () => {
      const start = at;
      value();
      add('item', start, at);
    };
    if (file[at] === '#') {
      at++;
      for (let left = length(); left > 0; left--) item();
      return;
    }
    while (file[at] !== ']') item();
    at++;
  };
  value();
  return parts;
}
