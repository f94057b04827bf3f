import { setTimeout as rest } from 'node:timers/promises';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Bus, BusMessage, ConsumeOptions } from '@tillcast/core/ports/bus';

export interface MemoryBusSettings {
  /** A monotonic clock, ms. */
  readonly now: () => number;
  /** Messages a topic keeps; default 10,000. */
  readonly capacity?: number;
}

interface Kept {
  readonly at: number;
  readonly body: Uint8Array;
}

/** Handed out and not acknowledged. */
interface Pending extends Kept {
  handedMs: number;
  retries: number;
}

interface Group {
  /** The number of the next message never handed out. */
  next: number;
  readonly pending: Map<number, Pending>;
}

interface Topic {
  published: number;
  kept: Kept[];
  readonly groups: Map<string, Group>;
}

/** A bus within this process. */
export function memoryBus({ now, capacity = 10_000 }: MemoryBusSettings): Bus {
  const topics = new Map<string, Topic>();
  let closed = false;

  function topicOf(name: string): Topic {
    const known = topics.get(name) ?? { published: 0, kept: [], groups: new Map() };
    topics.set(name, known);
    return known;
  }

  function groupOf({ groups, kept, published }: Topic, name: string): Group {
    const known = groups.get(name) ?? { next: kept[0]?.at ?? published, pending: new Map() };
    groups.set(name, known);
    return known;
  }

  /** What a member is handed next: first what others left, then what is new. */
  function next(
    topic: Topic,
    group: Group,
    { batch = 64, claimAfterMs = 30_000, maxRetries = 10, onGivenUp }: ConsumeOptions,
  ): Pending[] {
    const taken: Pending[] = [];
    for (const one of group.pending.values()) {
      if (taken.length >= batch || now() - one.handedMs < claimAfterMs) continue;
      one.retries += 1;
      one.handedMs = now();
      if (one.retries <= maxRetries) taken.push(one);
      else {
        group.pending.delete(one.at);
        onGivenUp?.(messageOf(one));
      }
    }
    for (const kept of topic.kept) {
      if (taken.length >= batch) break;
      if (kept.at < group.next) continue;
      group.next = kept.at + 1;
      const fresh = { ...kept, handedMs: now(), retries: 0 };
      group.pending.set(kept.at, fresh);
      taken.push(fresh);
    }
    return taken;
  }

  return {
    async publish(name, bodies) {
      if (closed) throw new TillcastError('STORE_UNAVAILABLE', 'the bus is closed');
      const topic = topicOf(name);
      for (const body of bodies) topic.kept.push({ at: topic.published++, body: body.slice() });
      if (topic.kept.length > capacity) topic.kept = topic.kept.slice(-capacity);
    },
    consume(name, handle, options) {
      const topic = topicOf(name);
      const group = groupOf(topic, options.group);
      let isStopped = false;
      const running = (async () => {
        while (!isStopped && !closed) {
          const taken = next(topic, group, options);
          if (taken.length === 0) {
            await rest(options.idleMs ?? 50, undefined, { ref: false });
            continue;
          }
          await handle(taken.map(messageOf)).then(
            () => taken.forEach(({ at }) => void group.pending.delete(at)),
            () => {},
          );
        }
      })();
      return {
        stop() {
          isStopped = true;
          return running;
        },
      };
    },
    listen(name, handle, { batch = 64, idleMs = 50 } = {}) {
      const topic = topicOf(name);
      let next = topic.published;
      let isStopped = false;
      const running = (async () => {
        while (!isStopped && !closed) {
          const fresh = topic.kept.filter(({ at }) => at >= next).slice(0, batch);
          const isDone =
            fresh.length > 0 &&
            (await handle(fresh.map((one) => messageOf({ ...one, retries: 0 }))).then(
              () => true,
              () => false,
            ));
          if (isDone) next = fresh.at(-1)!.at + 1;
          else await rest(idleMs, undefined, { ref: false });
        }
      })();
      return {
        stop() {
          isStopped = true;
          return running;
        },
      };
    },
    async close() {
      closed = true;
    },
  };
}

const messageOf = ({ at, body, retries }: Omit<Pending, 'handedMs'>): BusMessage => ({
  id: `${at}`.padStart(16, '0'),
  body: body.slice(),
  retries,
});
