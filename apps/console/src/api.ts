import type { ModelsAnswer } from '@tillcast/api/models';
import type { ShoppersAnswer } from '@tillcast/api/shoppers';
import { useEffect, useState } from 'react';
import { type Board, useLiveBoard } from './live-board.ts';

/** What the page knows of an endpoint: its last good answer, and the problem since then. */
export interface Polled<T> {
  readonly data: T | undefined;
  readonly problem: string | undefined;
}

async function fetchJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { headers: { accept: 'application/json' }, signal });
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
  throw new TypeError(problem.detail ?? problem.title ?? `the server answered ${response.status}`);
}

/** Asks again `everyMs` after each answer, while it is wanted; keeps the last good one while the server is away. */
function usePolled<T>(path: string, everyMs: number, isWanted = true): Polled<T> {
  const [state, setState] = useState<Polled<T>>({ data: undefined, problem: undefined });
  useEffect(() => {
    if (!isWanted) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const data = await fetchJson<T>(path, stop.signal);
        setState({ data, problem: undefined });
      } catch (error) {
        if (stop.signal.aborted) return;
        setState(({ data }) => ({ data, problem: error instanceof Error ? error.message : String(error) }));
      }
      if (!stop.signal.aborted) timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, isWanted]);
  return state;
}

/** Who is about to buy, likeliest first, among those active in the last half hour: as it changes where the server can be listened to, else asked for. */
export function useShoppers(): Polled<Board> {
  const live = useLiveBoard('/v1/live/scores');
  const polled = usePolled<ShoppersAnswer>('/v1/shoppers?sort=probability&limit=25', 2_000, live === undefined);
  return live === undefined ? polled : { data: live, problem: undefined };
}

/** The models in the registry, newest first. */
export const useModels = (): Polled<ModelsAnswer> => usePolled<ModelsAnswer>('/v1/models', 15_000);
