import type { LiveScores } from '@tillcast/api/live';
import type { ShopperScore, ShoppersAnswer } from '@tillcast/api/shoppers';
import { useEffect, useState } from 'react';
import { useToken } from '../access.ts';

/** Who is about to buy, likeliest first. */
export type Board = Omit<ShoppersAnswer, 'known'>;

/** How long a stream that the server ended, or would not open, is left alone. */
const againAfterMs = 10_000;

/** The board after a change: lines that did not change are those from before. */
function boardAfter(before: Board | undefined, { order, shoppers, ...rest }: LiveScores): Board {
  const lines = new Map<string, ShopperScore>();
  for (const line of before?.shoppers ?? []) lines.set(line.shopper, line);
  for (const line of shoppers) lines.set(line.shopper, line);
  return { ...rest, shoppers: order.flatMap((shopper) => lines.get(shopper) ?? []) };
}

/** Listens to the board's changes; undefined while nothing is heard, and others must ask. A stream can carry no token: who has one asks. */
export function useLiveBoard(path: string): Board | undefined {
  const [board, setBoard] = useState<Board>();
  const token = useToken();
  useEffect(() => {
    if (token !== undefined) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest: Board | undefined;
    const show = (next: Board | undefined) => {
      latest = next;
      setBoard(next);
    };
    const listen = () => {
      const mine = new EventSource(path);
      source = mine;
      mine.addEventListener('board', ({ data }) => show(boardAfter(undefined, JSON.parse(data) as LiveScores)));
      mine.addEventListener('scores', ({ data }) => show(boardAfter(latest, JSON.parse(data) as LiveScores)));
      mine.addEventListener('error', () => {
        mine.close();
        show(undefined);
        timer = setTimeout(listen, againAfterMs);
      });
    };
    listen();
    return () => {
      source?.close();
      clearTimeout(timer);
      setBoard(undefined);
    };
  }, [path, token]);
  return board;
}
