/** Shoppers as dense numbers, 0 … count − 1 in order of first appearance. */
export interface Groups {
  readonly code: Int32Array;
  readonly count: number;
}

/** Numbers the shoppers of rows densely. */
export function groupsOf(names: ArrayLike<string | number>): Groups {
  const codes = new Map<string | number, number>();
  const code = new Int32Array(names.length);
  for (let row = 0; row < names.length; row++) {
    const name = names[row]!;
    if (!codes.has(name)) codes.set(name, codes.size);
    code[row] = codes.get(name)!;
  }
  return { code, count: codes.size };
}
