/**
 * Solves the symmetric positive definite system A x = b by Cholesky (Golub & Van Loan 2013, alg. 4.2.1); `matrix` is row-major and
 * only its lower triangle is read and overwritten. A pivot that is not positive belongs to a direction the data do not know: its x is 0.
 */
export function solvePositive(matrix: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  factor(matrix, n);
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= matrix[i * n + k]! * x[k]!;
    x[i]! /= matrix[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= matrix[k * n + i]! * x[k]!;
    x[i]! /= matrix[i * n + i]!;
  }
  return x;
}

function factor(matrix: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    let pivot = matrix[j * n + j]!;
    const floor = 1e-12 * pivot;
    for (let k = 0; k < j; k++) pivot -= matrix[j * n + k]! ** 2;
    // An infinite pivot turns the direction off.
    const root = pivot > floor ? Math.sqrt(pivot) : Number.POSITIVE_INFINITY;
    matrix[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let value = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) value -= matrix[i * n + k]! * matrix[j * n + k]!;
      matrix[i * n + j] = value / root;
    }
  }
}
