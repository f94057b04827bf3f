import { openRandom } from '@tillcast/core/simulation/random';
import { type Answer, type Connection, getBytes, openConnection } from './connection.ts';

/**
 * An open-loop load: requests are due by a Poisson process whatever became of those before, as shoppers' are, and each is timed from the moment it
 * was due, not from when it could be sent. A closed loop slows down with the server it measures, and so hides its queues (coordinated omission).
 */
export interface OpenLoop {
  readonly port: number;
  /** Requests due a second, on average. */
  readonly rate: number;
  readonly durationMs: number;
  /** The nth request. */
  readonly request: (n: number) => Buffer;
  readonly seed?: number;
  /** Connections at most; a request that finds none waits for one, and its clock runs. */
  readonly maxConnections?: number;
  /** Connections opened, and answered on once, before anything is due: as a proxy has them. */
  readonly keptAlive?: number;
  /** Told of every answer, undefined = none came. */
  readonly onAnswer?: (answer: Answer | undefined, latencyMs: number) => void;
}

/** What came of it. */
export interface LoadReport {
  readonly due: number;
  /** Answers by status; 0 = none came. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Answers of status 200 a second, over the time in which requests were due. */
  readonly goodput: number;
  /** Of answers of status 200, ms from due to answered. */
  readonly latencyMs: Percentiles;
  /** Refusals (429, 503) without Retry-After. */
  readonly withoutRetryAfter: number;
  /** How late the generator itself was at most, ms: where this is large the figures are its own. */
  readonly generatorLagMs: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles by the nearest rank; of nothing, NaN. */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

const retryAfterIn = /\r\nretry-after: *\d+/i;
/** How long stragglers are waited for once nothing more is due. */
const lastAnswersMs = 10_000;

/** Opens connections and waits until each was answered on. */
const openKept = (port: number, count: number): Promise<Connection[]> =>
  Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Connection>((resolve) => {
          const connection = openConnection({ port });
          connection.ask(getBytes('/livez'), () => resolve(connection));
        }),
    ),
  );

/** Sends a load and tells what came of it; ends by itself. */
export async function openLoop(load: OpenLoop): Promise<LoadReport> {
  const { port, rate, durationMs, request, seed = 1, maxConnections = 512, keptAlive = 0, onAnswer = () => {} } = load;
  const random = openRandom(seed).fork('arrivals');
  const nextGapMs = (): number => (-Math.log(1 - random.uniform()) / rate) * 1_000;
  const idle = await openKept(port, keptAlive);
  const queue: { n: number; dueMs: number }[] = [];
  let queueHead = 0;
  const statuses: Record<number, number> = {};
  const latencies: number[] = [];
  let [open, due, answered, withoutRetryAfter, generatorLagMs] = [keptAlive, 0, 0, 0, 0];
  const startMs = performance.now();
  let nextDueMs = startMs + nextGapMs();

  function settle(answer: Answer | undefined, dueMs: number): void {
    const status = answer?.status ?? 0;
    const latencyMs = performance.now() - dueMs;
    answered += 1;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 200) latencies.push(latencyMs);
    if ((status === 503 || status === 429) && !retryAfterIn.test(answer!.head)) withoutRetryAfter += 1;
    onAnswer(answer, latencyMs);
  }

  function connection(): Connection | undefined {
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (known.isOpen) return known;
      open -= 1;
    }
    if (open >= maxConnections) return undefined;
    open += 1;
    return openConnection({ port });
  }

  function sendWaiting(): void {
    while (queueHead < queue.length) {
      const free = connection();
      if (free === undefined) return;
      const { n, dueMs } = queue[queueHead++]!;
      free.ask(request(n), (answer) => {
        if (free.isOpen) idle.push(free);
        else open -= 1;
        settle(answer, dueMs);
        if (queueHead < queue.length) sendWaiting();
      });
    }
    queue.length = 0;
    queueHead = 0;
  }

  function tick(): void {
    const nowMs = performance.now();
    if (nextDueMs < startMs + durationMs) generatorLagMs = Math.max(generatorLagMs, nowMs - nextDueMs);
    while (nextDueMs <= nowMs && nextDueMs < startMs + durationMs) {
      queue.push({ n: due++, dueMs: nextDueMs });
      nextDueMs += nextGapMs();
    }
    sendWaiting();
  }

  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      tick();
      const over = performance.now() - startMs - durationMs;
      if (over < 0 || (answered < due && over < lastAnswersMs)) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  for (const one of idle) one.close();
  if (answered < due) statuses[0] = (statuses[0] ?? 0) + due - answered;
  return {
    ...{ due, statuses, withoutRetryAfter, generatorLagMs },
    goodput: latencies.length / (durationMs / 1_000),
    latencyMs: percentilesOf(latencies),
  };
}
