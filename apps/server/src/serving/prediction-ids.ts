import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const bytesOfOne = 16;
const pool = new Uint8Array(256 * bytesOfOne);
let unused = 0;

/**
 * A new id of a prediction: a UUID of version 7 (RFC 9562), ordered by time, so that the log's index grows at its end and not all over the file. The
 * system is asked for the randomness of many at a time: each asking costs more than an id.
 */
export function newPredictionId(): string {
  if (unused === 0) {
    randomFillSync(pool);
    unused = pool.length;
  }
  unused -= bytesOfOne;
  return v7({ random: pool.subarray(unused, unused + bytesOfOne) });
}
