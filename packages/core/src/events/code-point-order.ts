/**
 * Orders text by code points, which is the order of its UTF-8 bytes and so of SQLite's BINARY and PostgreSQL's "C" collation.
 * JavaScript's `<` compares UTF-16 units and puts U+FFFD after every emoji.
 */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Lifts the surrogates (the halves of code points above U+FFFF) over the rest of the UTF-16 units. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
