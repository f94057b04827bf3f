/** Row numbers from the highest value to the lowest; equal values keep their order. */
export function orderDescending(values: ArrayLike<number>): Int32Array {
  const order = Int32Array.from({ length: values.length }, (_, row) => row);
  return order.sort((a, b) => values[b]! - values[a]! || a - b);
}
