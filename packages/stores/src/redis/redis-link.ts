import { Redis, type RedisOptions } from 'ioredis';
import { RedisFailure, redisFailureOf, replyCode } from './failure.ts';

export interface RedisLinkSettings {
  /** Milliseconds a call may take; default 20. */
  readonly budgetMs?: number;
  /** Calls under way at most; more are refused, so that a slow Redis gathers no queue. Default 4,096. */
  readonly maxUnderWay?: number;
  /** Told when Redis is given up (with the reason) and when it is back. */
  readonly onChange?: (isUp: boolean, why: string) => void;
}

/**
 * One connection to Redis at a bounded price. A call takes at most the budget; when none comes back in time for a while, or once the connection
 * ends, Redis is given up: calls fail at once, and a probe finds out every 100 ms whether it is back. Nothing is queued while it is away, no call is
 * ever repeated, and no error comes unhandled. Every failure is STORE_UNAVAILABLE (`RedisFailure`).
 */
export interface RedisLink {
  readonly isUp: boolean;
  run<T>(work: (redis: Redis) => Promise<T>, budgetMs?: number): Promise<T>;
  /** Resolves once Redis answers; rejects after `withinMs`. */
  ready(withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Budgets that go by without one answer in time, after which Redis is given up: a single pause, of Redis or of this process, is none. */
const SILENT_BUDGETS = 3;
const PROBE_EVERY_MS = 100;
/** A connection that is not through its greeting by then is made anew. */
const GREETING_MS = 500;

const driverOptions = {
  protocol: 2,
  lazyConnect: true,
  connectionName: 'tillcast',
  disableClientInfo: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  connectTimeout: GREETING_MS,
  // How long a connection may take to end in good order, before it is torn down.
  disconnectTimeout: 50,
  retryStrategy: () => PROBE_EVERY_MS,
} satisfies RedisOptions;

/** Opens a link; it connects in the background, and again whenever the connection ends. */
export function openRedisLink(url: string, settings: RedisLinkSettings = {}): RedisLink {
  const { budgetMs: usualMs = 20, maxUnderWay = 4_096, onChange = () => {} } = settings;
  const redis = new Redis(url, driverOptions);
  let isUp = false;
  let isClosed = false;
  /** Since when nothing has been answered in time, though something was asked; and how many calls were not. */
  let silentSinceMs = 0;
  let late = 0;
  let underWay = 0;
  let startedAtMs = performance.now();
  let isProbing = false;

  function giveUp(why: string): void {
    if (!isUp) return;
    isUp = false;
    onChange(false, why);
  }

  function reconnect(): void {
    // The one before may still be under way.
    if (performance.now() - startedAtMs < PROBE_EVERY_MS) return;
    startedAtMs = performance.now();
    redis.disconnect(true);
  }

  async function probe(): Promise<void> {
    if (isUp || isProbing || isClosed) return;
    if (redis.status !== 'ready') {
      const isStuck = redis.status === 'connect' || redis.status === 'connecting';
      if (isStuck && performance.now() - startedAtMs > GREETING_MS) reconnect();
      return;
    }
    isProbing = true;
    try {
      await within(redis.ping(), Math.max(usualMs, PROBE_EVERY_MS));
      late = 0;
      isUp = true;
      onChange(true, 'Redis answers');
    } catch (error) {
      // A server that says it is loading will answer on this very connection.
      if (replyCode(error) === undefined) reconnect();
    } finally {
      isProbing = false;
    }
  }

  redis.on('error', () => {});
  redis.on('connecting', () => {
    startedAtMs = performance.now();
  });
  redis.on('ready', () => void probe());
  redis.on('close', () => giveUp('the connection to Redis ended'));
  const prober = setInterval(() => void probe(), PROBE_EVERY_MS);
  prober.unref();
  redis.connect().catch(() => {});

  function noteFailure(failure: RedisFailure, code: string | undefined): void {
    if (failure.fate === 'lost') late += 1;
    if (failure.fate === 'lost' && performance.now() - silentSinceMs > SILENT_BUDGETS * usualMs) {
      giveUp('Redis does not answer in time');
      reconnect();
    }
    if (code === 'LOADING') giveUp('Redis reads its data in');
    if (code === 'READONLY') {
      giveUp('Redis is read-only: a replica took its place');
      reconnect();
    }
  }

  return {
    get isUp() {
      return isUp;
    },
    async run(work, budgetMs = usualMs) {
      if (isClosed) throw new RedisFailure('unsent', 'the connection to Redis is closed');
      if (!isUp) throw new RedisFailure('unsent', 'Redis does not answer; it is tried again soon');
      if (underWay >= maxUnderWay) throw new RedisFailure('unsent', `${underWay} calls to Redis are under way already`);
      if (underWay === 0 && late === 0) silentSinceMs = performance.now();
      underWay += 1;
      try {
        const answer = await within(work(redis), budgetMs);
        silentSinceMs = performance.now();
        late = 0;
        return answer;
      } catch (error) {
        const failure = redisFailureOf(error);
        noteFailure(failure, replyCode(error));
        throw failure;
      } finally {
        underWay -= 1;
      }
    },
    async ready(withinMs) {
      const deadlineMs = performance.now() + withinMs;
      while (!isUp) {
        if (isClosed || performance.now() > deadlineMs)
          throw new RedisFailure('unsent', `Redis did not answer within ${withinMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      isUp = false;
      clearInterval(prober);
      const ended = new Promise<void>((resolve) => redis.once('end', () => resolve()));
      const isOver = redis.status === 'end' || redis.status === 'reconnecting';
      redis.disconnect();
      if (!isOver) await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2 * GREETING_MS))]);
    },
  };
}

/** The answer, or a failure of fate `lost` after so long. An answer that lies ready when this process was busy still counts. */
async function within<T>(answer: Promise<T>, budgetMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new RedisFailure('lost', `Redis did not answer within ${budgetMs} ms`));
    // One more look at the socket: after a pause of this process, timers come before what has arrived meanwhile.
    timer = setTimeout(() => setImmediate(() => setImmediate(fail)), budgetMs);
  });
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
