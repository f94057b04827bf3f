/** Why no figure can be given: a contender is missing, failed, or answered wrongly. The message says what to do where something can be done. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
