import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { guardJson, jsonLimits } from '../../src/http/json-guard.ts';
import { parseBody } from '../../src/http/parse-json.ts';
import { traceparentOf } from '../../src/http/request-ids.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService();
});

const send = (
  payload: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  url = '/v1/predict',
) => service.app.inject({ method: 'POST', url, headers, payload });
const text = (over: Record<string, unknown> = {}): string => JSON.stringify(question(over));
const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

describe('hostile bodies', () => {
  it.each([
    ['500,000 levels of arrays', '['.repeat(500_000), 400, 'nested deeper'],
    ['500,000 levels of objects', '{"a":'.repeat(170_000), 400, 'nested deeper'],
    ['a level too many', nested(jsonLimits.depth + 1), 400, 'nested deeper'],
    ['1e999', text().replace('120', '1e999'), 400, '/price: the number is too large'],
    ['-1e999', text().replace('120', '-1e999'), 400, 'too large'],
    ['a number of 400 digits', text().replace('120', '9'.repeat(400)), 400, 'too large'],
    ['NaN', text().replace('120', 'NaN'), 400, 'not JSON'],
    ['the same name twice', text().replace('"price":120', '"price":120,"price":1'), 400, '/price: the name is there twice'],
    ['the same name twice, escaped', text().replace('"price":120', '"price":120,"pric\\u0065":1'), 400, 'twice'],
    ['__proto__', text().replace('{', '{"__proto__":{"admin":true},'), 400, 'not allowed'],
    ['__proto__, escaped', text().replace('{', '{"__pro\\u0074o__":1,'), 400, 'not allowed'],
    ['constructor.prototype', text().replace('{', '{"constructor":{"prototype":{}},'), 400, 'not allowed'],
    ['257 names', `{${Array.from({ length: 257 }, (_, index) => `"k${index}":1`).join(',')}}`, 400, 'more than 256 names'],
    ['a long text', text({ brand: 'x'.repeat(jsonLimits.stringLength + 1) }), 400, 'longer than 8192'],
    ['a long name', `{"${'x'.repeat(jsonLimits.stringLength + 1)}":1}`, 400, 'longer than 8192'],
    ['a cut body', text().slice(0, -5), 400, 'not JSON'],
    ['nothing', '', 400, ''],
    ['a lone quote', '"', 400, 'not JSON'],
    ['null', 'null', 400, 'object'],
    ['a text', '"x"', 400, 'object'],
    [
      'more than 1 MB',
      JSON.stringify({ pad: ['x'.repeat(8_000)].concat(Array.from({ length: 140 }, () => 'x'.repeat(8_000))) }),
      413,
      'at most 1 MB',
    ],
  ])('%s', async (_what, body, status, says) => {
    const response = await send(body);
    expect(response.statusCode, response.body).toBe(status);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.json().detail).toContain(says);
    expect(response.json().detail.length).toBeLessThan(400);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it('bytes that are no UTF-8', async () => {
    const response = await send(Buffer.concat([Buffer.from('{"user_id":"'), Buffer.from([0xff, 0xc0]), Buffer.from('"}')]));
    expect(response.json()).toMatchObject({ status: 400, detail: expect.stringContaining('not UTF-8') });
  });

  it.each([
    ['another type', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type', {}],
    ['a type that only begins alike', { 'content-type': 'application/jsonp' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['gzip', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('%s is not read', async (_what, headers) => {
    const response = await send(text(), headers as Record<string, string>);
    expect(response.statusCode).toBe(415);
    expect(response.json().code).toBe('MEDIA_TYPE_UNSUPPORTED');
  });

  it('what lies exactly on a limit is taken', () => {
    expect(() => guardJson(nested(jsonLimits.depth))).not.toThrow();
    expect(() => guardJson(JSON.stringify('x'.repeat(jsonLimits.stringLength)))).not.toThrow();
    expect(() => guardJson(JSON.stringify('\u0001'.repeat(jsonLimits.stringLength)))).not.toThrow();
    expect(() => guardJson(`{${Array.from({ length: 256 }, (_, index) => `"k${index}":1`).join(',')}}`)).not.toThrow();
  });

  it('says the same as JSON.parse of everything else, and points at what it refuses', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const body = JSON.stringify(value);
        if (!/__proto__|constructor|prototype/.test(body)) expect(parseBody(Buffer.from(body))).toEqual(JSON.parse(body));
      }),
    );
    expect(() => guardJson('{"a":[{"b/c":1},{"b/c":1e400}]}')).toThrow(expect.objectContaining({ pointer: '/a/1/b~1c' }));
  });

  it('a megabyte of small things is read within 50 ms of the loop', () => {
    const body = Buffer.from(
      JSON.stringify({ events: Array.from({ length: 5_000 }, (_, index) => wireEvent(`e${index}`, 'view_item')) }).slice(
        0,
        1_048_576,
      ),
    );
    const start = performance.now();
    expect(() => parseBody(body)).toThrow();
    // Generous: the machine may be busy; a quadratic scan would take minutes.
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('goes on answering after all that', async () => {
    expect((await service.post('/v1/predict', question())).statusCode).toBe(200);
  });
});

describe('answers to what is not there', () => {
  it.each([
    ['GET', '/nowhere', 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/v1/predict', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/v1/events', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/%zz', 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/docs/../../../etc/passwd', 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404, 'ROUTE_NOT_FOUND'],
  ] as const)('%s %s', async (method, url, status, code) => {
    const response = await service.app.inject({ method, url });
    expect(response.json()).toMatchObject({
      status,
      code,
      instance: `urn:tillcast:request:${String(response.headers['x-request-id'])}`,
    });
    if (status === 405) expect(response.headers.allow).toContain('POST');
  });

  it('a defect inside says nothing of the inside', async () => {
    const lines: string[] = [];
    const broken = await openToyService({ logTo: { write: (line: string) => void lines.push(line) } });
    broken.eventLog.append = async () => {
      throw new Error('password=hunter2 at /srv/secret');
    };
    const response = await broken.post('/v1/events', wireEvent('x', 'view_item'));
    expect(response.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(response.body).not.toContain('hunter2');
    expect(lines.join('')).toContain('hunter2');
  });
});

describe('ids', () => {
  it('answers with the caller’s request id where it is well formed, and with its own otherwise', async () => {
    const idFor = async (id: string) =>
      (await service.app.inject({ url: '/livez', headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await idFor('abc-123')).toBe('abc-123');
    expect(await idFor('a b\u001b[31m')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes on with the caller’s trace where it is valid, in a span of its own', () => {
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(traceparentOf(parent)).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    for (const bad of [undefined, 'x', parent.toUpperCase(), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${parent}-more`]) {
      expect(traceparentOf(bad)).toMatch(/^00-(?!0af765)[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
  });
});

describe('browsers', () => {
  it('only listed origins may call', async () => {
    const listed = await openToyService({ settings: { corsOrigins: ['https://shop.example'] } });
    const allowed = async (origin: string) =>
      (
        await listed.app.inject({
          method: 'OPTIONS',
          url: '/v1/predict',
          headers: { origin, 'access-control-request-method': 'POST' },
        })
      ).headers['access-control-allow-origin'];
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    for (const origin of [
      'https://evil.example',
      'null',
      'https://shop.example.evil',
      'https://shop.example:444',
      'http://shop.example',
    ])
      expect(await allowed(origin)).toBeUndefined();
    expect(
      (await service.app.inject({ url: '/livez', headers: { origin: 'https://shop.example' } })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined();
  });

  it('gets a policy that allows no foreign and no inline script', async () => {
    const { headers } = await service.get('/');
    expect(headers['content-security-policy']).toMatch(/script-src 'self'(;|$)/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
