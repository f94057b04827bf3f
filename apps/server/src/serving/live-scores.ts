import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { LiveScores } from '@tillcast/api/live';
import type { ShopperScore, ShoppersAnswer } from '@tillcast/api/shoppers';
import { HttpRefusal } from '../http/problem.ts';
import type { JoinLive } from '../http/routes/live.ts';
import type { ListShoppers } from '../http/routes/shoppers.ts';

/** Sends the board’s changes to whoever watches. */
export interface Live {
  readonly join: JoinLive;
  /** Ends every stream, and takes no more. */
  close(): void;
}

export interface LiveSettings {
  readonly list: ListShoppers;
  /** How often the board is looked at while somebody watches, ms. */
  readonly everyMs?: number;
  /** How often a stream with nothing to say says so, ms: proxies close silent ones. */
  readonly heartbeatMs?: number;
  readonly maxClients?: number;
  /** What a client may leave untaken before it is dropped, characters. */
  readonly maxPending?: number;
  readonly onTrouble?: (error: unknown, what: string) => void;
}

const shown = 25;
/** Events kept for those who come back: about a minute of a busy board. */
const remembered = 64;

interface Message {
  readonly id: string;
  readonly text: string;
}

const messageOf = (id: string, event: 'board' | 'scores', data: LiveScores): Message => ({
  id,
  text: `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
});

function dataOf({ known: _known, shoppers, ...rest }: ShoppersAnswer, changed: readonly ShopperScore[]): LiveScores {
  return { ...rest, order: shoppers.map(({ shopper }) => shopper), shoppers: [...changed] };
}

/** What of an answer a watcher would notice: all but the moment it was given at. */
const essenceOf = ({ as_of: _asOf, shoppers, known: _known, ...rest }: ShoppersAnswer): string =>
  JSON.stringify([rest, shoppers.map(({ shopper }) => shopper)]);

/**
 * Opens the streams of the board. Nobody watching costs nothing; many watching cost one look at the board. A client that does not take what it is sent is
 * dropped: it may come back with `Last-Event-ID` and gets what it missed, or the whole board where that is too long ago.
 */
export function openLiveScores({
  list,
  everyMs = 1_000,
  heartbeatMs = 10_000,
  maxClients = 100,
  maxPending = 262_144,
  onTrouble = () => {},
}: LiveSettings): Live {
  const epoch = randomUUID().slice(0, 8);
  const clients = new Set<Readable>();
  let recent: Message[] = [];
  let sequence = 0;
  let board: { readonly answer: ShoppersAnswer; readonly lines: ReadonlyMap<string, string> } | undefined;
  let isClosed = false;
  let timers: readonly NodeJS.Timeout[] = [];
  let looking: Promise<void> | undefined;

  function send(client: Readable, text: string): void {
    if (client.readableLength > maxPending) client.destroy();
    else client.push(text);
  }

  async function look(): Promise<void> {
    const answer = await list({ sort: 'probability', limit: shown });
    const lines = new Map(answer.shoppers.map((line) => [line.shopper, JSON.stringify(line)]));
    const before = board;
    board = { answer, lines };
    if (before === undefined) return;
    const changed = answer.shoppers.filter(({ shopper }) => before.lines.get(shopper) !== lines.get(shopper));
    if (changed.length === 0 && essenceOf(before.answer) === essenceOf(answer)) return;
    const message = messageOf(`${epoch}-${++sequence}`, 'scores', dataOf(answer, changed));
    recent = [...recent.slice(1 - remembered), message];
    for (const client of clients) send(client, message.text);
  }

  /** One look at a time, however many ask. */
  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  function start(): void {
    const tick = (): void => void lookOnce().catch((error: unknown) => onTrouble(error, 'the board could not be looked at'));
    const beat = (): void => {
      for (const client of clients) send(client, ': still here\n\n');
    };
    timers = [setInterval(tick, everyMs).unref(), setInterval(beat, heartbeatMs).unref()];
  }

  function stop(): void {
    for (const timer of timers) clearInterval(timer);
    timers = [];
    board = undefined;
    recent = [];
  }

  function leave(client: Readable): void {
    if (clients.delete(client) && clients.size === 0) stop();
  }

  const refuse = (detail: string): never => {
    throw new HttpRefusal('OVERLOADED', detail, { headers: { 'retry-after': '10' } });
  };

  /** What a client that saw `lastId` last has missed; undefined = that is not known any more. */
  function missed(lastId: string | undefined): readonly Message[] | undefined {
    const at = lastId === undefined ? -1 : recent.findIndex(({ id }) => id === lastId);
    return at < 0 ? undefined : recent.slice(at + 1);
  }

  return {
    async join(lastId) {
      if (isClosed) refuse('this server is shutting down: connect again');
      if (clients.size >= maxClients) refuse(`${maxClients} clients watch already`);
      const client = new Readable({ read() {} });
      clients.add(client);
      client.once('close', () => leave(client));
      if (timers.length === 0) start();
      try {
        if (board === undefined) await lookOnce();
      } catch (error) {
        client.destroy();
        throw error;
      }
      const { answer } = board ?? refuse('this server is shutting down: connect again');
      const news = missed(lastId);
      client.push(`retry: ${2 * everyMs}\n\n`);
      if (news === undefined) client.push(messageOf(`${epoch}-${sequence}`, 'board', dataOf(answer, answer.shoppers)).text);
      else for (const { text } of news) client.push(text);
      return client;
    },
    close() {
      isClosed = true;
      for (const client of clients) client.push(null);
      stop();
    },
  };
}
