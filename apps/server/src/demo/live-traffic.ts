import { toWire } from '@tillcast/core/events/wire';
import type { Due } from './session-schedule.ts';

export interface TrafficOptions {
  readonly schedule: { until(ms: number): readonly Due[] };
  /** Base address of the server, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly now: () => number;
  readonly onProblem: (problem: string) => void;
}

/** Sends what is due to the server's own front door, twice a second, until closed. */
export function openLiveTraffic({ schedule, url, now, onProblem }: TrafficOptions): { close(): void } {
  let stopped = false;
  const beat = async () => {
    const events = schedule.until(now()).map(({ event }) => toWire(event));
    for (let from = 0; from < events.length; from += 1_000) await send(events.slice(from, from + 1_000));
    if (!stopped) timer = setTimeout(() => void beat(), 500).unref();
  };
  const send = async (events: readonly unknown[]) => {
    try {
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) onProblem(`live traffic: the server answered ${response.status}: ${await response.text()}`);
    } catch (error) {
      if (!stopped) onProblem(`live traffic: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  let timer: NodeJS.Timeout = setTimeout(() => void beat(), 0);
  return {
    close() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
