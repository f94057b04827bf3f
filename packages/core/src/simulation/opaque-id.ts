import { mix32 } from './random.ts';

/** An id that says nothing: a letter and the number, scrambled one to one by the seed, so that no two numbers (below 2^32) meet. */
export function opaqueId(prefix: string, seed: number, number: number): string {
  return (
    prefix +
    mix32(mix32(number >>> 0) ^ (seed >>> 0))
      .toString(36)
      .padStart(7, '0')
  );
}
