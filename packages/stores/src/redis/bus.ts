import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';
import type { Bus, BusMessage, ConsumeOptions } from '@tillcast/core/ports/bus';
import { RedisFailure, replyCode } from './failure.ts';
import type { RedisLink } from './redis-link.ts';

export interface RedisBusSettings {
  /** Messages a topic keeps, about; default 10,000. */
  readonly capacity?: number;
  /** How long a topic is kept after the last message; default 7 days. */
  readonly keptMs?: number;
  readonly prefix?: string;
  /** Wall clock, ms; default: this machine's. */
  readonly now?: () => number;
}

const field = 'm';
/** Rests grow to this while Redis fails. */
const longestRestMs = 1_000;

/** So far this machine's clock may be ahead of the server's. */
const overlapMs = 60_000;
/** What a call may take: nobody waits for it by the millisecond. */
const patienceMs = 1_000;

type StreamReply = readonly [Buffer, readonly Entry[]][] | null;
type Entry = readonly [id: Buffer, fields: readonly Buffer[] | null];

/** A bus over Redis Streams: a topic is a stream, a group a consumer group. */
export function redisBus(
  link: RedisLink,
  { capacity = 10_000, keptMs = 7 * 86_400_000, prefix = 'tillcast', now = Date.now }: RedisBusSettings = {},
): Bus {
  const streamOf = (topic: string): string => `${prefix}:bus:{${encodeURIComponent(topic)}}`;
  let closed = false;

  async function publish(topic: string, bodies: readonly Uint8Array[]): Promise<void> {
    if (closed) throw new RedisFailure('unsent', 'the bus is closed');
    if (bodies.length === 0) return;
    const stream = streamOf(topic);
    const replies = await link.run((redis) => {
      const all = redis.pipeline();
      for (const body of bodies) all.xadd(stream, 'MAXLEN', '~', capacity, '*', field, Buffer.from(body));
      return all.pexpire(stream, keptMs).exec();
    }, patienceMs);
    const failure = replies?.find(([error]) => error !== null)?.[0];
    if (failure) throw new RedisFailure('refused', `Redis refused: ${failure.message}`, { cause: failure });
  }

  /** Makes the group where there is none: at first, and when Redis lost it. */
  async function ensureGroup(stream: string, group: string): Promise<void> {
    try {
      await link.run(async (redis) => {
        await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
        await redis.pexpire(stream, keptMs);
      });
    } catch (error) {
      if (!(error instanceof RedisFailure) || replyCode(error.cause) !== 'BUSYGROUP') throw error;
    }
  }

  /** Does rounds until it is stopped, and rests where one brought nothing (false) or failed. */
  function repeat(idleMs: number, round: () => Promise<boolean>): { stop(): Promise<void> } {
    let isStopped = false;
    const running = (async () => {
      for (let restMs = idleMs; !isStopped && !closed; ) {
        const outcome = await round().catch(() => undefined);
        restMs = outcome === undefined ? Math.min(longestRestMs, Math.max(idleMs, restMs * 2)) : outcome ? 0 : idleMs;
        if (restMs > 0) await rest(restMs, undefined, { ref: false });
      }
    })();
    return {
      stop() {
        isStopped = true;
        return running;
      },
    };
  }

  return {
    publish,
    listen(topic, handle, { batch = 64, idleMs = 50 } = {}) {
      const stream = streamOf(topic);
      // Ids begin with the server's clock, which may be behind this one; so nothing need be asked, and a Redis that came back empty goes on from here.
      let last = `${Math.max(0, now() - overlapMs)}-0`;
      return repeat(idleMs, async () => {
        const answer = (await link.run(
          (redis) => redis.callBuffer('XREAD', 'COUNT', batch, 'STREAMS', stream, last),
          patienceMs,
        )) as StreamReply;
        const messages = (answer?.[0]?.[1] ?? []).map((entry) => messageOf(entry, 0));
        if (messages.length === 0) return false;
        await handle(messages);
        last = messages.at(-1)!.id;
        return true;
      });
    },
    consume(topic, handle, options) {
      const { group, idleMs = 50 } = options;
      const stream = streamOf(topic);
      const member = randomUUID();
      let isKnown = false;

      async function round(): Promise<boolean> {
        if (!isKnown) await ensureGroup(stream, group);
        isKnown = true;
        try {
          const claimed = await claim(link, stream, member, options);
          const messages = claimed.length > 0 ? claimed : await readNew(link, stream, member, options);
          if (messages.length === 0) return false;
          await handle(messages);
          await link.run((redis) => redis.xack(stream, group, ...messages.map(({ id }) => id)));
          return true;
        } catch (error) {
          if (error instanceof RedisFailure && replyCode(error.cause) === 'NOGROUP') isKnown = false;
          throw error;
        }
      }

      const { stop } = repeat(idleMs, round);
      return {
        async stop() {
          await stop();
          await link.run((redis) => redis.xgroup('DELCONSUMER', stream, group, member)).catch(() => {});
        },
      };
    },
    async close() {
      closed = true;
    },
  };
}

const messageOf = ([id, fields]: Entry, retries: number): BusMessage => ({
  id: id.toString(),
  body: fields?.[1] ?? Buffer.alloc(0),
  retries,
});

async function readNew(
  link: RedisLink,
  stream: string,
  member: string,
  { group, batch = 64 }: ConsumeOptions,
): Promise<BusMessage[]> {
  const answer = (await link.run((redis) =>
    redis.callBuffer('XREADGROUP', 'GROUP', group, member, 'COUNT', batch, 'STREAMS', stream, '>'),
  )) as StreamReply;
  return (answer?.[0]?.[1] ?? []).map((entry) => messageOf(entry, 0));
}

/** Takes over what another member left for too long; gives up what was tried often enough. */
async function claim(
  link: RedisLink,
  stream: string,
  member: string,
  { group, batch = 64, claimAfterMs = 30_000, maxRetries = 10, onGivenUp }: ConsumeOptions,
): Promise<BusMessage[]> {
  const idle = (await link.run((redis) => redis.xpending(stream, group, 'IDLE', claimAfterMs, '-', '+', batch))) as [
    string,
    string,
    number,
    number,
  ][];
  if (idle.length === 0) return [];
  const tried = new Map(idle.map(([id, , , times]) => [id, times]));
  const entries = (await link.run((redis) =>
    redis.callBuffer('XCLAIM', stream, group, member, claimAfterMs, ...tried.keys()),
  )) as readonly (Entry | null)[];
  const claimed = entries.filter((entry) => entry !== null).map((entry) => messageOf(entry, tried.get(entry[0].toString())!));
  // What the cap has taken from the stream is claimed by nobody, but still waits for an answer.
  const lost = [...tried.keys()].filter((id) => entries.length === 0 || !claimed.some((message) => message.id === id));
  const givenUp = claimed.filter(({ retries }) => retries > maxRetries);
  const done = [...givenUp.map(({ id }) => id), ...(await trimmed(link, stream, lost))];
  if (done.length > 0) await link.run((redis) => redis.xack(stream, group, ...done));
  for (const message of givenUp) onGivenUp?.(message);
  return claimed.filter(({ retries }) => retries <= maxRetries);
}

/** Those of some messages that the stream does not hold any more; others may have been claimed by somebody faster. */
async function trimmed(link: RedisLink, stream: string, ids: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const id of ids) {
    const found = await link.run((redis) => redis.xrange(stream, id, id));
    if (found.length === 0) gone.push(id);
  }
  return gone;
}
