import { openConnection } from './connection.ts';
import { type Percentiles, percentilesOf } from './open-loop.ts';

/** A closed loop: each connection asks again as soon as it is answered, which shows how much a server can do at most. */
export interface ClosedLoop {
  readonly ports: readonly number[];
  readonly connections: number;
  readonly durationMs: number;
  /** The nth request. */
  readonly request: (n: number) => Buffer;
  /** The first request's number. */
  readonly from?: number;
}

export interface ClosedLoopReport {
  /** Answers of status 200 a second. */
  readonly perSecond: number;
  readonly answered: number;
  /** Everything that was not a 200. */
  readonly failed: number;
  readonly latencyMs: Percentiles;
  /** Bytes of the bodies of status 200, mean. */
  readonly bodyBytes: number;
}

/** Asks without a rest for `durationMs`; ends by itself. */
export async function closedLoop({ ports, connections, durationMs, request, from = 0 }: ClosedLoop): Promise<ClosedLoopReport> {
  const latencies: number[] = [];
  let [n, failed, bytes] = [from, 0, 0];
  const startMs = performance.now();
  const untilMs = startMs + durationMs;

  const worker = (port: number): Promise<void> =>
    new Promise((resolve) => {
      let connection = openConnection({ port });
      const next = (): void => {
        const askedMs = performance.now();
        if (askedMs >= untilMs) {
          connection.close();
          resolve();
          return;
        }
        connection.ask(request(n++), (answer) => {
          if (answer?.status === 200) {
            latencies.push(performance.now() - askedMs);
            bytes += answer.bodyBytes;
          } else failed += 1;
          if (!connection.isOpen) connection = openConnection({ port });
          next();
        });
      };
      next();
    });

  await Promise.all(Array.from({ length: connections }, (_, index) => worker(ports[index % ports.length]!)));
  return {
    perSecond: latencies.length / ((performance.now() - startMs) / 1_000),
    answered: latencies.length,
    failed,
    latencyMs: percentilesOf(latencies),
    bodyBytes: Math.round(bytes / Math.max(1, latencies.length)),
  };
}
