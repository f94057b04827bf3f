import { useEffect, useState } from 'react';

/** The server's clock, ms since the epoch, read on from the last moment it told; the page looks again every five seconds. */
export function useNow(told: string | undefined): number {
  const [nowMs, setNowMs] = useState(0);
  useEffect(() => {
    if (told === undefined) return;
    const [toldMs, sinceMs] = [Date.parse(told), performance.now()];
    const look = () => setNowMs(toldMs + performance.now() - sinceMs);
    look();
    const timer = setInterval(look, 5_000);
    return () => clearInterval(timer);
  }, [told]);
  return nowMs;
}
