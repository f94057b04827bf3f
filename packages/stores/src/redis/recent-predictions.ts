import type { FeatureColumns, PredictionRecord } from '@tillcast/core/ports/prediction-log';
import type { RecentPredictions } from '@tillcast/core/ports/recent-predictions';
import { closedError } from '../prediction-log/closed.ts';
import { decodePrediction, encodePrediction } from '../prediction-log/prediction-bytes.ts';
import { shoppersOf } from '../prediction-log/shoppers-of.ts';
import { RedisFailure } from './failure.ts';
import type { RedisLink } from './redis-link.ts';

export interface RedisRecentSettings {
  /** Default 10,000. */
  readonly capacity?: number;
  /** Starts the name of its keys. */
  readonly prefix?: string;
  /** How long the list is kept after the last prediction; default 7 days. */
  readonly keptMs?: number;
}

/** Lines that wait for one way to Redis at most; the oldest are shed first: the prediction log has them all. */
const maxWaiting = 1_000;
/** Lines read at a time. */
const page = 256;
/** What reading the list may take; nobody's prediction waits for it. */
const readMs = 2_000;

/** Keeps the last predictions of all processes in one list of Redis. Lines that come while one pipeline is under way go together in the next. */
export function redisRecentPredictions(link: RedisLink, settings: RedisRecentSettings = {}): RecentPredictions {
  const { capacity = 10_000, prefix = 'tillcast', keptMs = 7 * 86_400_000 } = settings;
  // The braces keep both keys in one slot of a cluster.
  const list = `${prefix}:{recent}:predictions`;
  const columns = `${prefix}:{recent}:columns`;
  const known = new Map<string, FeatureColumns>();
  let waiting: PredictionRecord[] = [];
  let flight: Promise<void> | undefined;
  let closed = false;
  const open = (): void => {
    if (closed) throw closedError();
  };

  async function send(): Promise<void> {
    const lines = waiting;
    waiting = [];
    const layouts = new Map(lines.map((line) => [line.columns.hash, JSON.stringify(line.columns.names)]));
    const replies = await link.run((redis) => {
      const together = redis.pipeline().lpush(list, ...lines.map((line) => Buffer.from(encodePrediction(line))));
      together.ltrim(list, 0, capacity - 1).pexpire(list, keptMs);
      return together.hset(columns, Object.fromEntries(layouts)).pexpire(columns, keptMs).exec();
    });
    const failure = replies?.find(([error]) => error !== null)?.[0];
    if (failure) throw new RedisFailure('refused', `Redis refused: ${failure.message}`, { cause: failure });
  }

  /** One pipeline at a time. */
  async function flush(): Promise<void> {
    while (waiting.length > 0) await send();
  }

  async function columnsOf(hashes: ReadonlySet<string>): Promise<void> {
    const missing = [...hashes].filter((hash) => !known.has(hash));
    if (missing.length === 0) return;
    const names = await link.run((redis) => redis.hmget(columns, ...missing), readMs);
    missing.forEach((hash, at) => {
      const told = names[at];
      if (typeof told === 'string') known.set(hash, { hash, names: JSON.parse(told) as string[] });
    });
  }

  /** The lines of one tenant, newest first, each with its bytes. */
  async function* lines(tenant: string): AsyncGenerator<{ readonly record: PredictionRecord; readonly bytes: Buffer }> {
    await flight?.catch(() => {});
    for (let from = 0; from < capacity; from += page) {
      const found = await link.run((redis) => redis.lrangeBuffer(list, from, from + page - 1), readMs);
      const hashes = new Set<string>();
      for (const bytes of found) decodePrediction(bytes, (hash) => hashes.add(hash) && { hash, names: [] });
      await columnsOf(hashes);
      for (const bytes of found) {
        const record = decodePrediction(bytes, (hash) => known.get(hash) ?? { hash, names: [] });
        if (record.tenant === tenant) yield { record, bytes };
      }
      if (found.length < page) return;
    }
  }

  return {
    async push(records) {
      open();
      waiting.push(...records);
      if (waiting.length > maxWaiting) waiting = waiting.slice(-maxWaiting);
      flight ??= flush().finally(() => {
        flight = undefined;
      });
      await flight;
    },
    async latest(tenant, limit) {
      open();
      const found: PredictionRecord[] = [];
      for await (const { record } of lines(tenant)) {
        if (found.length >= limit) break;
        found.push(record);
      }
      return found;
    },
    async find(tenant, predictionId) {
      open();
      for await (const { record } of lines(tenant)) if (record.predictionId === predictionId) return record;
      return undefined;
    },
    async erase(tenant, shopper) {
      open();
      const theirs: Buffer[] = [];
      for await (const { record, bytes } of lines(tenant)) if (shoppersOf(record).has(shopper)) theirs.push(bytes);
      let gone = 0;
      for (const bytes of theirs) gone += await link.run((redis) => redis.lrem(list, 1, bytes), readMs);
      return gone;
    },
    async close() {
      closed = true;
      await flight?.catch(() => {});
    },
  };
}
