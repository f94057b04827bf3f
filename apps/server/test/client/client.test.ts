import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClientOptions, openClient } from '@tillcast/api/client';
import { parseRetryAfter, retryDelayMs } from '@tillcast/api/client/retry';
import type { EventInput } from '@tillcast/api/events';
import type { PredictRequest } from '@tillcast/api/predict';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question } from '../toys/toy-service.ts';
import { type Fate, openFlakyFront } from './flaky-front.ts';

let service: Awaited<ReturnType<typeof openToyService>>;
let front: Awaited<ReturnType<typeof openFlakyFront>>;
beforeAll(async () => {
  service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
  front = await openFlakyFront(await service.app.listen({ host: '127.0.0.1', port: 0 }));
});
afterAll(() => front.close());
beforeEach(() => {
  front.fates.length = 0;
  front.seen.length = 0;
});

const quick = { baseMs: 2, capMs: 10 };
const open = (over: Partial<ClientOptions> = {}) =>
  openClient({
    url: front.url,
    consent: true,
    backoff: quick,
    flushEveryMs: 10,
    now: () => fridayEvening,
    page: undefined,
    ...over,
  });
let users = 0;
const view = (user = `user-${++users}`) => ({
  event: 'view_item',
  user_id: user,
  session_id: 's',
  items: [{ item_id: 'p1', price: 120 }],
});
const stored = async () => (await readAll(service.eventLog)).map(({ eventId }) => eventId);
const memoryStorage = () => {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
};

describe('waiting', () => {
  it('is full jitter within the cap, after what the server asks for', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(60_000), (attempt, share, retryAfterMs) => {
        const waitMs = retryDelayMs(attempt, { baseMs: 500, capMs: 30_000, random: () => share }, retryAfterMs);
        expect(waitMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(waitMs).toBeLessThan(retryAfterMs + Math.min(30_000, 500 * 2 ** attempt));
      }),
    );
  });

  it.each([
    ['3', 3_000],
    [new Date(fridayEvening + 7_000).toUTCString(), 7_000],
    [new Date(fridayEvening - 7_000).toUTCString(), 0],
    ['soon', 0],
    [null, 0],
  ])('reads Retry-After %s', (value, expected) => {
    expect(parseRetryAfter(value, fridayEvening)).toBe(expected);
  });
});

describe('events', () => {
  it('go out together, by number and by time, each once', async () => {
    const client = open({ flushAt: 5, flushEveryMs: 30 });
    const ids = Array.from({ length: 7 }, () => client.track(view())!);
    await client.flush();
    expect(client.waiting).toBe(0);
    expect((await stored()).filter((id) => ids.includes(id))).toHaveLength(7);
    expect(front.seen.length).toBeLessThanOrEqual(2);
    const late = client.track(view())!;
    for (let tries = 0; tries < 100 && client.waiting > 0; tries++) await delay(10);
    expect(await stored()).toContain(late);
    client.close();
  });

  it('arrive exactly once, whatever befalls their requests', async () => {
    const fate = fc.constantFrom<Fate>('pass', 'reset', 'cut', { status: 503 }, { status: 429 }, { status: 500 });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 5 }), fc.integer({ min: 1, max: 4 }), async (fates, count) => {
        front.fates.push(...fates);
        const rejected: string[] = [];
        const client = open({ onRejected: ({ event_id }) => void rejected.push(event_id), flushAt: 1 });
        const user = `user-${++users}`;
        const ids = Array.from({ length: count }, () => client.track(view(user))!);
        await client.flush();
        client.close();
        front.fates.length = 0;
        const mine = (await readAll(service.eventLog)).filter((event) => event.userId === user).map(({ eventId }) => eventId);
        expect(mine.toSorted()).toEqual(ids.toSorted());
        expect(rejected).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('the front does cut: a client that gives new ids to what it repeats stores it twice', async () => {
    front.fates.push('cut');
    const user = `user-${++users}`;
    for (const _ of [1, 2]) {
      const client = open();
      client.track(view(user));
      await Promise.race([client.flush(), delay(40)]);
      client.close();
    }
    expect((await readAll(service.eventLog)).filter((event) => event.userId === user).length).toBe(2);
  });

  it('are not sent again before Retry-After', async () => {
    front.fates.push({ status: 503, retryAfter: '1' });
    const client = open();
    client.track(view());
    await client.flush();
    expect(front.seen[1]!.atMs - front.seen[0]!.atMs).toBeGreaterThanOrEqual(990);
    client.close();
  });

  it('that the server refuses are told, and hold nobody up', async () => {
    const rejected: [string, string | undefined][] = [];
    const client = open({ onRejected: (event, problem) => void rejected.push([event.event, problem?.code]) });
    client.track({ ...view(), event: 'dance' });
    const good = client.track(view())!;
    await client.flush();
    expect(rejected).toEqual([['dance', 'INPUT_INVALID']]);
    expect(await stored()).toContain(good);
    front.fates.push({ status: 400 });
    client.track(view());
    await client.flush();
    expect([rejected.length, client.waiting]).toEqual([2, 0]);
    client.close();
  });

  it('wait within a bound, the newest of them, and outlive the page in its storage', async () => {
    const storage = memoryStorage();
    const dropped: number[] = [];
    front.fates.push(...Array.from({ length: 50 }, (): Fate => 'reset'));
    const first = open({ storage, maxWaiting: 10, flushAt: 100, onDropped: (count) => void dropped.push(count) });
    const ids = Array.from({ length: 25 }, () => first.track(view())!);
    expect([first.waiting, dropped.reduce((sum, count) => sum + count, 0)]).toEqual([10, 15]);
    await Promise.race([first.flush(), delay(30)]);
    first.close();
    front.fates.length = 0;
    const kept = JSON.parse(storage.kept.get('tillcast.outbox')!) as EventInput[];
    expect(kept.map(({ event_id }) => event_id)).toEqual(ids.slice(15));
    const second = open({ storage });
    await second.flush();
    expect((await stored()).filter((id) => ids.includes(id)).toSorted()).toEqual(ids.slice(15).toSorted());
    expect(storage.kept.size).toBe(0);
    second.close();
  });

  it('too many for one body go in halves', async () => {
    front.fates.push({ status: 413 }, { status: 413 });
    const client = open({ flushAt: 100 });
    const ids = Array.from({ length: 8 }, () => client.track(view())!);
    await client.flush();
    expect((await stored()).filter((id) => ids.includes(id))).toHaveLength(8);
    const sizes = front.seen.map(({ body }) => (JSON.parse(body) as { events: unknown[] }).events.length);
    expect(sizes).toEqual([8, 4, 2, 6]);
    client.close();
  });
});

describe('consent', () => {
  it('nothing leaves before it is given; what was tracked meanwhile goes then', async () => {
    const storage = memoryStorage();
    const { consent: _given, ...rest } = { consent: true };
    const client = openClient({
      ...rest,
      url: front.url,
      backoff: quick,
      flushEveryMs: 5,
      flushAt: 1,
      storage,
      now: () => fridayEvening,
    });
    const id = client.track(view())!;
    await client.flush();
    await delay(30);
    await expect(client.predict(question() as PredictRequest)).rejects.toMatchObject({ code: 'NO_CONSENT' });
    expect([front.seen.length, storage.kept.size]).toEqual([0, 0]);
    client.setConsent(true);
    await client.flush();
    expect(await stored()).toContain(id);
    client.close();
  });

  it('withdrawn, what waits is forgotten everywhere and what is under way broken off', async () => {
    const storage = memoryStorage();
    front.fates.push('reset', 'reset', { status: 503, retryAfter: '60' });
    const client = open({ storage, flushAt: 1 });
    client.track(view('gone'));
    const flushing = client.flush();
    for (let tries = 0; tries < 100 && front.seen.length < 3; tries++) await delay(5);
    client.setConsent(false);
    await expect(flushing).rejects.toMatchObject({ code: 'NO_CONSENT' });
    expect([client.waiting, storage.kept.size, client.track(view('gone'))]).toEqual([0, 0, undefined]);
    await delay(30);
    expect(front.seen.length).toBe(3);
    expect((await readAll(service.eventLog)).filter((event) => event.userId === 'gone')).toEqual([]);
    client.close();
  });

  it('given again at once, new events go out', async () => {
    front.fates.push({ status: 503, retryAfter: '60' });
    const client = open({ flushAt: 1 });
    client.track(view('first-thoughts'));
    for (let tries = 0; tries < 100 && front.seen.length < 1; tries++) await delay(5);
    client.setConsent(false);
    client.setConsent(true);
    const id = client.track(view())!;
    await client.flush();
    expect(await stored()).toContain(id);
    client.close();
  });
});

describe('a page that is left', () => {
  const leavable = () => {
    const sent: string[] = [];
    let hide = (): void => {};
    const page = {
      onHide: (hidden: () => void) => {
        hide = hidden;
        return () => {
          hide = () => {};
        };
      },
      sendBeacon: (_url: string, body: string) => sent.push(body) > 0,
    };
    return { sent, page, leave: () => hide() };
  };

  it('sends what waits by beacons that browsers take, and the ids keep it from counting twice', async () => {
    const { sent, page, leave } = leavable();
    const client = open({ page, flushAt: 1_000, flushEveryMs: 60_000 });
    const ids = Array.from({ length: 300 }, () => client.track({ ...view(), context: { pad: 'ü'.repeat(200) } })!);
    leave();
    expect(sent.length).toBeGreaterThan(1);
    expect(Math.max(...sent.map((body) => Buffer.byteLength(body)))).toBeLessThanOrEqual(64 * 1_024);
    for (const body of sent)
      await service.app.inject({
        method: 'POST',
        url: '/v1/events',
        headers: { 'content-type': 'application/json' },
        payload: body,
      });
    await client.flush();
    expect((await stored()).filter((id) => ids.includes(id))).toHaveLength(300);
    client.close();
    leave();
  });

  it('with a token, by a request that outlives it; without consent, not at all', async () => {
    const { sent, page, leave } = leavable();
    const client = open({ page, token: () => 'secret', flushAt: 1_000, flushEveryMs: 60_000 });
    client.track(view());
    leave();
    for (let tries = 0; tries < 100 && front.seen.length === 0; tries++) await delay(5);
    expect([sent.length, front.seen[0]!.headers.authorization]).toEqual([0, 'Bearer secret']);
    client.close();
    const silent = leavable();
    const unasked = openClient({ url: front.url, page: silent.page });
    unasked.track(view());
    silent.leave();
    await delay(20);
    expect([silent.sent.length, front.seen.length]).toEqual([0, 1]);
    unasked.close();
  });
});

describe('questions', () => {
  const asked = question() as PredictRequest;

  it('are typed, and answered as the server answers', async () => {
    const client = open();
    const answer = await client.predict(asked);
    expect(answer).toMatchObject({ model: { version: 'v1' }, target: 'item' });
    expect((await client.predictBatch({ requests: [asked] })).predictions[0]!.prediction!.log_odds).toBe(answer.log_odds);
    expect((await client.explain({ request: asked })).log_odds).toBe(answer.log_odds);
    client.close();
  });

  it.each<[string, Fate[]]>([
    ['a 503', [{ status: 503 }]],
    ['a 429', [{ status: 429 }]],
    ['a reset', ['reset', 'reset']],
    ['an answer that is cut off', ['cut']],
  ])('are asked again after %s', async (_what, fates) => {
    front.fates.push(...fates);
    const client = open();
    expect((await client.predict(asked)).model.version).toBe('v1');
    expect(front.seen.length).toBe(fates.length + 1);
    client.close();
  });

  it('are given up when attempts or time run out, or asking again is of no use', async () => {
    const client = open({ deadlineMs: 5_000 });
    front.fates.push('reset', 'reset', 'reset');
    await expect(client.predict(asked)).rejects.toMatchObject({ status: 0, code: 'NO_ANSWER' });
    expect(front.seen.length).toBe(3);
    front.fates.push({ status: 503, retryAfter: '60' });
    await expect(client.predict(asked)).rejects.toMatchObject({ status: 503, retryAfterMs: 60_000 });
    await expect(client.predict({ ...asked, price: -1 })).rejects.toMatchObject({
      status: 400,
      code: 'INPUT_INVALID',
      problem: { errors: [{ pointer: '/price' }] },
    });
    expect(front.seen.length).toBe(5);
    const stop = new AbortController();
    const aborted = client.predict(asked, { signal: stop.signal });
    stop.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    client.close();
  });

  it('an outcome is told again under one key, and counts once', async () => {
    const client = open();
    const { prediction_id } = await client.predict({ ...asked, user_id: 'buyer' });
    front.fates.push('cut', 'cut');
    const before = (await stored()).length;
    front.seen.length = 0;
    await client.outcome({
      prediction_id,
      outcome: 'purchase',
      outcome_time: '2026-11-20T18:30:00Z',
      transaction_id: 'o-1',
      value: 120,
      currency: 'EUR',
    });
    expect(new Set(front.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(front.seen.length).toBe(3);
    expect((await stored()).length).toBe(before + 1);
    client.close();
  });
});

it('stands on nothing but the platform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-client-'));
  try {
    const source = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'api', 'src');
    cpSync(join(source, 'client.ts'), join(folder, 'client.ts'));
    cpSync(join(source, 'client'), join(folder, 'client'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(folder, 'try.ts'),
      "import { openClient } from './client.ts';\nconsole.log(openClient({ url: '' }).waiting);",
    );
    expect(execFileSync(process.execPath, ['try.ts'], { cwd: folder, encoding: 'utf8' }).trim()).toBe('0');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
