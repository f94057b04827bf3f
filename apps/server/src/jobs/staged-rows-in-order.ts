import type { StagedRows } from './staged-rows.ts';

/** Staged rows as if they had been staged in another order: row `n` is the one staged as number `order[n]`. */
export function inOrder(staged: StagedRows, order: Int32Array, width: number): Pick<StagedRows, 'read'> {
  const isPlain = order.every((place, row) => place === row);
  if (isPlain) return staged;
  return {
    read(firstRow, into) {
      for (let row = 0; row * width < into.length; row++)
        staged.read(order[firstRow + row]!, into.subarray(row * width, (row + 1) * width));
    },
  };
}
