import { randomUUID } from 'node:crypto';
import type { HotKeys } from './hot-keys.ts';
import type { RedisLink } from './redis-link.ts';
import { defineScript, runScript } from './run-script.ts';

/** A process that stopped telling that it is alive, and when it last had nothing left to hand over. */
export interface LostWriter {
  readonly name: string;
  readonly idleAtMs: number;
}

/**
 * Remembers in Redis, for each process that hands events over, when it last had none left. A process that dies between the log and Redis leaves events
 * that only the log knows; its last word tells the others from where to look.
 */
export interface Writers {
  /** Tells that everything received here before a moment is handed over; others that have said nothing for too long are answered. */
  tell(idleAtMs: number): Promise<readonly LostWriter[]>;
  /** What a lost one left behind was handed over: unless it has spoken since, it is forgotten. */
  settle(lost: LostWriter): Promise<void>;
  /** Nothing waits here and nothing will. */
  leave(): Promise<void>;
}

const forgetScript = defineScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1
`);

/** Opens the register of a tenant under a name of its own; `silentMs` without a word make a writer lost. */
export function openWriters(link: RedisLink, keys: HotKeys, keptMs: number, now: () => number, silentMs = 30_000): Writers {
  const name = randomUUID();
  return {
    async tell(idleAtMs) {
      const nowMs = now();
      const answers = await link.run((redis) =>
        redis
          .multi()
          .hset(keys.writers, name, idleAtMs)
          .pexpire(keys.writers, keptMs)
          .pexpire(keys.epoch, keptMs)
          .hgetall(keys.writers)
          .exec(),
      );
      const all = (answers?.at(-1)?.[1] ?? {}) as Record<string, string>;
      return Object.entries(all)
        .map(([writer, toldMs]) => ({ name: writer, idleAtMs: Number(toldMs) }))
        .filter((writer) => writer.name !== name && nowMs - writer.idleAtMs > silentMs);
    },
    async settle(lost) {
      await link.run((redis) => runScript(redis, forgetScript, [keys.writers], [lost.name, lost.idleAtMs]));
    },
    async leave() {
      await link.run((redis) => redis.hdel(keys.writers, name));
    },
  };
}
