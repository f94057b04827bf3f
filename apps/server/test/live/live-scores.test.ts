import { setTimeout as delay } from 'node:timers/promises';
import type { LiveScores } from '@tillcast/api/live';
import { LiveScores as LiveScoresSchema } from '@tillcast/api/live';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { drainApp } from '../../src/serving/drain.ts';
import { openLiveScores } from '../../src/serving/live-scores.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, wireEvent } from '../toys/toy-service.ts';

let service: Awaited<ReturnType<typeof openToyService>>;
let base: string;
const open = async () => {
  const opened = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
  return { opened, url: await opened.app.listen({ host: '127.0.0.1', port: 0 }) };
};
beforeAll(async () => {
  ({ opened: service, url: base } = await open());
});

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: LiveScores;
}

/** Watches the board; `next` resolves with the next event, undefined = the stream has ended. */
async function watch(url: string, lastEventId?: string) {
  const stop = new AbortController();
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await fetch(`${url}/v1/live/scores`, { signal: stop.signal, headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  async function next(): Promise<Event | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const fields = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        text = text.slice(end + 2);
        if (!fields.has('data')) continue;
        return { id: fields.get('id')!, event: fields.get('event')!, data: JSON.parse(fields.get('data')!) as LiveScores };
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  }
  return { response, next, stop: () => stop.abort() };
}

const move = (id: string, user: string, event = 'view_item', at = service) =>
  at.post('/v1/events', wireEvent(id, event, { user_id: user, session_id: `s-${user}` }));

describe('GET /v1/live/scores', () => {
  it('gives the board, then what changes on it, and goes on from the last event seen', async () => {
    await move('l1', 'ana');
    const first = await watch(base);
    expect(first.response.headers.get('content-type')).toContain('text/event-stream');
    const board = (await first.next())!;
    expect(compileChecker(LiveScoresSchema)(board.data)).toEqual([]);
    expect([board.event, board.data.order]).toEqual(['board', ['u:ana']]);
    await move('l2', 'bea', 'add_to_cart');
    const change = (await first.next())!;
    expect([change.event, change.data.order]).toEqual(['scores', ['u:bea', 'u:ana']]);
    expect(change.data.shoppers.map(({ shopper }) => shopper)).toEqual(['u:bea']);
    await move('l3', 'ana', 'add_to_cart');
    const later = (await first.next())!;
    const back = await watch(base, change.id);
    expect(await back.next()).toEqual(later);
    const stranger = await watch(base, '00000000-1');
    expect((await stranger.next())!.event).toBe('board');
    for (const one of [first, back, stranger]) one.stop();
  });

  it('ends with the server, at once', async () => {
    const { opened, url } = await open();
    await move('d1', 'ana', 'view_item', opened);
    const watcher = await watch(url);
    expect((await watcher.next())!.event).toBe('board');
    const began = performance.now();
    await drainApp(opened.app, { announce: opened.drain });
    expect(await watcher.next()).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('streams', () => {
  const answer = (count: number) => ({
    ...{
      as_of: '2026-11-20T18:30:00.000Z',
      target: 'item',
      horizon: 'PT24H',
      model: { name: 'item', version: 'v1', alias: 'champion' },
    },
    ...{ base_rate: 0.03, known: 1, matching: 1 },
    shoppers: [{ shopper: 'u:ana', session_events: count, pad: 'x'.repeat(2_000) }],
  });
  const openCounting = (settings: object = {}) => {
    const looks = { count: 0 };
    const list = async () => answer(looks.count++) as never;
    return { looks, live: openLiveScores({ list, everyMs: 5, ...settings }) };
  };

  it('of nobody cost no look at the board; those of many cost one each time', async () => {
    const { looks, live } = openCounting({ everyMs: 20 });
    await delay(60);
    expect(looks.count).toBe(0);
    const clients = await Promise.all(Array.from({ length: 50 }, () => live.join(undefined)));
    expect(looks.count).toBe(1);
    for (const client of clients) client.destroy();
    await delay(30);
    const { count } = looks;
    await delay(60);
    expect(looks.count).toBe(count);
    live.close();
  });

  it('are bounded in number', async () => {
    const { live } = openCounting({ maxClients: 2 });
    const [first] = [await live.join(undefined), await live.join(undefined)];
    await expect(live.join(undefined)).rejects.toMatchObject({ code: 'OVERLOADED', headers: { 'retry-after': '10' } });
    first!.destroy();
    await delay(5);
    (await live.join(undefined)).destroy();
    live.close();
    await expect(live.join(undefined)).rejects.toThrow('shutting down');
  });

  it('of a client that does not read are dropped; others go on', async () => {
    const { live } = openCounting({ maxPending: 20_000 });
    const [lazy, keen] = [await live.join(undefined), await live.join(undefined)];
    let taken = 0;
    keen!.on('data', () => taken++);
    for (let tries = 0; tries < 200 && !lazy!.destroyed; tries++) await delay(10);
    expect([lazy!.destroyed, keen!.destroyed]).toEqual([true, false]);
    expect(taken).toBeGreaterThan(5);
    live.close();
  });

  it('say that they are still there when nothing changes', async () => {
    const live = openLiveScores({ list: async () => answer(1) as never, everyMs: 1_000, heartbeatMs: 10 });
    const client = await live.join(undefined);
    let text = '';
    client.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    for (let tries = 0; tries < 100 && !text.includes(': still here'); tries++) await delay(10);
    expect(text).toContain(': still here');
    expect(text.match(/event:/g)).toHaveLength(1);
    live.close();
  });
});

afterAll(async () => service.app.close());
