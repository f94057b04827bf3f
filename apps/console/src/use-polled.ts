import { useEffect, useState } from 'react';
import { useToken } from './access.ts';
import { ask, type Trouble } from './ask.ts';

/** What the page knows of an endpoint: its last good answer, and the trouble since then. Both undefined = asked, and not answered yet. */
export interface Polled<T> {
  readonly data: T | undefined;
  readonly trouble: Trouble | undefined;
}

const nothing = { data: undefined, trouble: undefined };

/** Asks again `everyMs` after each answer, while there is a path; keeps the last good one while the server is away, and none of another path. */
export function usePolled<T>(path: string | undefined, everyMs: number): Polled<T> {
  const token = useToken();
  const from = `${path} ${token}`;
  const [state, setState] = useState<Polled<T> & { readonly from: string }>({ ...nothing, from });
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const asked = await ask(path, 'application/json', stop.signal);
      const data = 'response' in asked ? ((await asked.response.json()) as T) : undefined;
      if (stop.signal.aborted) return;
      if ('trouble' in asked)
        setState((known) => ({ data: known.from === from ? known.data : undefined, trouble: asked.trouble, from }));
      else setState({ data, trouble: undefined, from });
      timer = setTimeout(again, everyMs);
    };
    // Whoever ends it expects no answer any more.
    const again = () => void look().catch(() => {});
    again();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, from]);
  return state.from === from ? state : nothing;
}
