import { createHmac } from 'node:crypto';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryLimiter } from '@tillcast/stores/memory/limiter';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLetters } from '../../../../packages/core/test/contract/dead-letters.ts';
import { readAll } from '../../../../packages/core/test/contract/event-log.ts';
import { mintToken, tokenVerifier } from '../../src/http/auth/tokens.ts';
import { replayDeadLetters } from '../../src/jobs/replay-dead-letters.ts';
import { countedEvents, openToyIntake } from '../toys/toy-intake.ts';
import { fridayEvening, openToyService } from '../toys/toy-service.ts';

const secret = 'k3J9-aVq7_Zw2xYt5RbN8mLc4HsDf6Gp';
const webhookSecret = 'a-shared-secret-of-the-shop';
const url = '/v1/webhooks/segment';
const verify = tokenVerifier({ kind: 'secret', secret: new TextEncoder().encode(secret) }, () => fridayEvening);
const openClosed = (own: string | undefined = webhookSecret) =>
  openToyService({ access: { kind: 'tokens', verify }, settings: { webhookSecret: own } });

const call = (id: string, over: Record<string, unknown> = {}) => ({
  ...{ type: 'track', messageId: id, event: 'Product Added', anonymousId: 'd-1', userId: 'ana' },
  ...{
    timestamp: '2026-11-20T18:00:00.000Z',
    receivedAt: '2026-11-20T18:00:01.000Z',
    context: { library: { name: 'analytics.js' } },
  },
  properties: { product_id: 'p1', category: 'electronics.smartphone', brand: 'acme', price: 120, quantity: 2 },
  ...over,
});
const sign = (body: string | Buffer, key = webhookSecret): string => createHmac('sha1', key).update(body).digest('hex');
type Service = Awaited<ReturnType<typeof openToyService>>;
const deliver = ({ app }: Service, value: unknown, headers: Record<string, string> = {}) => {
  const payload = typeof value === 'string' ? value : JSON.stringify(value);
  return app.inject({
    ...{ method: 'POST', url, payload },
    headers: { 'content-type': 'application/json', 'x-signature': sign(payload), ...headers },
  });
};

describe('POST /v1/webhooks/segment', () => {
  it('takes calls in as events, each once, and skips what is no shopping', async () => {
    const service = await openClosed();
    const batch = [
      call('m1'),
      call('m2', {
        event: 'Order Completed',
        properties: { order_id: 'o1', total: 240, currency: 'EUR', products: [{ sku: 'p1', price: 120, quantity: 2 }] },
      }),
      { type: 'page', messageId: 'm3', anonymousId: 'd-1', name: 'Home', properties: { path: '/' } },
      { type: 'screen', messageId: 'm4', anonymousId: 'd-1', name: 'Home' },
      { type: 'identify', messageId: 'm5', userId: 'ana', traits: { email: 'a@shop.example' } },
      { type: 'alias', messageId: 'm6', anonymousId: 'd-1', userId: 'ana' },
      { type: 'group', messageId: 'm7', userId: 'ana', groupId: 'g' },
    ];
    const first = await deliver(service, { batch, sentAt: '2026-11-20T18:00:00Z' });
    expect([first.statusCode, first.json()]).toEqual([200, { accepted: 2, duplicate: 0, dead: 0, skipped: 5 }]);
    expect((await deliver(service, batch)).json()).toEqual({ accepted: 0, duplicate: 2, dead: 0, skipped: 5 });
    expect((await deliver(service, call('m8'))).json()).toMatchObject({ accepted: 1 });
    const events = await readAll(service.eventLog);
    expect(events.find(({ eventId }) => eventId === 'm1')).toMatchObject({
      ...{ event: 'add_to_cart', userId: 'ana', anonymousId: 'd-1', receivedAtMs: fridayEvening },
      items: [{ itemId: 'p1', category: 'electronics.smartphone', brand: 'acme', price: 120, quantity: 2 }],
    });
    expect(events.find(({ eventId }) => eventId === 'm2')).toMatchObject({ event: 'purchase', transactionId: 'o1', value: 240 });
    expect(await service.deadLetters.count()).toBe(0);
  });

  it('takes of identify and alias whose the device is, and nothing of who they are', async () => {
    const service = await openClosed();
    const anonymous = { userId: null };
    const timestamp = '2026-11-20T18:00:01.000Z';
    const traits = { email: 'a@shop.example' };
    await deliver(service, [call('m1', anonymous), call('m2', { ...anonymous, anonymousId: 'd-2' })]);
    const logins = [
      { type: 'identify', messageId: 'm3', anonymousId: 'd-1', userId: 'ana', timestamp, traits },
      { type: 'alias', messageId: 'm4', previousId: 'd-2', userId: 'ana', timestamp },
    ];
    expect((await deliver(service, logins)).json()).toEqual({ accepted: 2, duplicate: 0, dead: 0, skipped: 0 });
    const stored = await readAll(service.eventLog);
    expect(stored.filter(({ event }) => event === 'login')).toMatchObject([
      { eventId: 'm3', userId: 'ana', anonymousId: 'd-1', items: [] },
      { eventId: 'm4', userId: 'ana', anonymousId: 'd-2', items: [] },
    ]);
    expect(JSON.stringify(stored)).not.toContain('a@shop.example');
    // Both carts are hers now.
    const token = await mintToken(new TextEncoder().encode(secret), 'admin', fridayEvening);
    const headers = { authorization: `Bearer ${token}` };
    const shown = (await service.app.inject({ url: '/v1/subjects/u:ana', headers })).json();
    expect(shown).toMatchObject({ shopper: 'u:ana', devices: ['d-1', 'd-2'], state: { events: 4 } });
    // One that names no moment is kept as a dead letter, as any call.
    expect((await deliver(service, { ...logins[0], messageId: 'm5', timestamp: 'soon' })).json()).toMatchObject({ dead: 1 });
  });

  it('keeps what it does not understand, with its reason, to be replayed once it does', async () => {
    const service = await openClosed();
    const batch = [
      call('m1'),
      call('m2', { event: 'Video Played' }),
      call('m3', { properties: {} }),
      7,
      call('m1', { event: 'Product Viewed' }),
      { type: 'dance' },
    ];
    expect((await deliver(service, { batch })).json()).toEqual({ accepted: 1, duplicate: 0, dead: 5, skipped: 0 });
    const letters = await readLetters(service.deadLetters);
    expect(letters.map(({ source, reason }) => `${source} ${reason}`).toSorted()).toEqual([
      'webhook EVENT_CONFLICT',
      ...Array.from({ length: 4 }, () => 'webhook INPUT_INVALID'),
    ]);
    expect(letters.some(({ problem }) => problem.includes('Video Played'))).toBe(true);
    expect((await deliver(service, { batch })).json()).toEqual({ accepted: 0, duplicate: 1, dead: 5, skipped: 0 });
    expect(await service.deadLetters.count()).toBe(5);
    const replayed = await replayDeadLetters({ log: service.eventLog, letters: service.deadLetters, nowMs: fridayEvening });
    expect(replayed).toMatchObject({ letters: 5, replayed: 0, still_dead: 5 });
  });

  it('received = accepted + duplicate + dead, whatever comes', async () => {
    const one = fc.oneof(
      fc.nat(5).map((id) => call(`m${id}`)),
      fc.nat(5).map((id) => call(`m${id}`, { event: 'Product Viewed' })),
      fc.constantFrom<unknown>({ type: 'page' }, 7, null, call('x', { event: 'Video Played' }), call('y', { timestamp: 'soon' })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(one, { minLength: 1, maxLength: 8 }), { maxLength: 4 }), async (deliveries) => {
        const { openTakeSegment } = await import('../../src/ingest/take-segment.ts');
        const { metrics, letters, take } = openToyTake();
        const segment = openTakeSegment({ take, letters, metrics, now: () => fridayEvening });
        const sum = { accepted: 0, duplicate: 0, dead: 0, skipped: 0 };
        for (const delivery of deliveries) {
          const answer = await segment(delivery);
          for (const name of ['accepted', 'duplicate', 'dead', 'skipped'] as const) sum[name] += answer[name];
        }
        const calls = deliveries.flat().length;
        expect(sum.accepted + sum.duplicate + sum.dead + sum.skipped).toBe(calls);
        expect(await countedEvents(metrics)).toMatchObject({
          received: calls - sum.skipped,
          accepted: sum.accepted,
          dead: sum.dead,
        });
      }),
      { numRuns: 60 },
    );
  });
});

function openToyTake() {
  let kept: Parameters<NonNullable<Parameters<typeof openToyIntake>[0]>['spoil'] & object>[0] | undefined;
  const letters = memoryDeadLetters();
  const intake = openToyIntake({
    letters,
    spoil: (take) => {
      kept = take;
      return take;
    },
  });
  return { ...intake, take: kept!, letters };
}

describe('who may deliver', () => {
  it.each<[string, (body: string) => Record<string, string>, number]>([
    ['the right signature', (body) => ({ 'x-signature': sign(body) }), 200],
    ['the same in capitals', (body) => ({ 'x-signature': sign(body).toUpperCase() }), 200],
    ['another secret', (body) => ({ 'x-signature': sign(body, 'another') }), 401],
    ['another body', (body) => ({ 'x-signature': sign(`${body} `) }), 401],
    ['half a signature', (body) => ({ 'x-signature': sign(body).slice(0, 20) }), 401],
    ['nothing in it', () => ({ 'x-signature': '' }), 401],
    ['zeros', () => ({ 'x-signature': '0'.repeat(40) }), 401],
    ['no hex', () => ({ 'x-signature': 'z'.repeat(40) }), 401],
    ['a wrong token beside the right signature', (body) => ({ 'x-signature': sign(body), authorization: 'Bearer x' }), 401],
  ])('%s', async (_what, headersFor, status) => {
    const service = await openClosed();
    const body = JSON.stringify(call('m1'));
    const response = await service.app.inject({
      method: 'POST',
      url,
      payload: body,
      headers: { 'content-type': 'application/json', ...headersFor(body) },
    });
    expect(response.statusCode, response.body).toBe(status);
    expect((await readAll(service.eventLog)).length).toBe(status === 200 ? 1 : 0);
  });

  it('who signs has a limit of their own, and is told of it as everybody is; a wrong signature counts for nobody', async () => {
    const limiter = memoryLimiter({ policy: { name: 'credential', limit: 2, windowMs: 1_000, burst: 2 }, now: () => 0 });
    const service = await openToyService({ access: { kind: 'tokens', verify, limiter }, settings: { webhookSecret } });
    for (let n = 0; n < 5; n++) {
      const refused = await deliver(service, call('m1'), { 'x-signature': sign('other') });
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Bearer realm="tillcast"']);
    }
    expect((await deliver(service, call('m1'))).headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
    });
    expect((await deliver(service, call('m2'))).statusCode).toBe(200);
    const refused = await deliver(service, call('m3'));
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers).toHaveProperty('retry-after');
    expect((await readAll(service.eventLog)).length).toBe(2);
  });

  it('a token of an operator, and no lesser one; no header at all is refused', async () => {
    const service = await openClosed();
    const ask = async (role?: 'viewer' | 'operator') =>
      service.app.inject({
        ...{ method: 'POST', url, payload: call('m1') },
        headers:
          role === undefined
            ? {}
            : { authorization: `Bearer ${await mintToken(new TextEncoder().encode(secret), role, fridayEvening)}` },
      });
    expect([(await ask()).statusCode, (await ask('viewer')).statusCode, (await ask('operator')).statusCode]).toEqual([
      401, 403, 200,
    ]);
  });

  it('a signature is worth nothing where no secret is set, or elsewhere', async () => {
    const service = await openToyService({ access: { kind: 'tokens', verify } });
    expect((await deliver(service, call('m1'))).statusCode).toBe(401);
    const closed = await openClosed();
    const other = await closed.app.inject({
      method: 'POST',
      url: '/v1/events',
      payload: [],
      headers: { 'x-signature': sign('[]') },
    });
    expect(other.statusCode).toBe(401);
  });

  it.each([
    ['no JSON', '{', 400],
    ['no call', '[]', 400],
    ['1,001 calls', JSON.stringify({ batch: Array.from({ length: 1_001 }, (_, id) => ({ type: 'page', id })) }), 400],
    ['1,000 calls', JSON.stringify({ batch: Array.from({ length: 1_000 }, (_, id) => ({ type: 'page', id })) }), 200],
    ['no batch', '{"batch":7}', 400],
    ['depth', `${'['.repeat(40)}${']'.repeat(40)}`, 400],
    ['more than 1 MB', JSON.stringify({ pad: Array.from({ length: 140 }, () => 'x'.repeat(8_000)) }), 413],
  ])('%s answers with its status', async (_what, body, status) => {
    expect((await deliver(await openClosed(), body)).statusCode).toBe(status);
  });
});
