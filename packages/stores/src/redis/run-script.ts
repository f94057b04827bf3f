import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { replyCode } from './failure.ts';

/** A script that runs as one step in Redis, known there by its hash. */
export interface RedisScript {
  readonly source: string;
  readonly hash: string;
}

/** Declares a script; its keys are all among its KEYS, in one slot of a cluster. */
export const defineScript = (source: string): RedisScript =>
  Object.freeze({ source, hash: createHash('sha1').update(source).digest('hex') });

/** Runs a script by its hash; sends its source only to a server that does not know it. Texts of the answer are bytes. */
export async function runScript(
  redis: Redis,
  { source, hash }: RedisScript,
  keys: readonly (string | Buffer)[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.callBuffer('EVALSHA', hash, keys.length, ...keys, ...args);
  } catch (error) {
    // Nothing of it ran: the server was started anew, or its scripts were flushed.
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return redis.callBuffer('EVAL', source, keys.length, ...keys, ...args);
  }
}
