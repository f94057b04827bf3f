/**
 * Spreads what float32 lanes rounded away over the contributions, in proportion to their size, so that they add up to `total` to the last
 * bits of float64. What is spread is ≤ 2e-7 of a probability (docs/adr/0009-tree-kernel.md).
 */
export function mendSum(out: Float64Array, offset: number, count: number, total: number): void {
  let sum = 0;
  let size = 0;
  for (let i = offset; i < offset + count; i++) {
    sum += out[i]!;
    size += Math.abs(out[i]!);
  }
  if (size === 0) return;
  const share = (total - sum) / size;
  for (let i = offset; i < offset + count; i++) out[i]! += share * Math.abs(out[i]!);
}
