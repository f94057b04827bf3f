import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../apps/server/src/http/deadlines.ts';
import { jsonLimits } from '../../apps/server/src/http/json-guard.ts';
import { openToyService, question, wireEvent } from '../../apps/server/test/toys/toy-service.ts';

let port: number;
let url: string;
beforeAll(async () => {
  const service = await openToyService();
  url = await service.app.listen({ port: 0, host: '127.0.0.1' });
  port = Number(new URL(url).port);
});

/** What the server says to bytes as they are; the connection is closed by it, or after `waitMs`. */
async function say(bytes: string | Buffer, { half = false, waitMs = 2_000 } = {}): Promise<{ status: number; text: string }> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  if (half) socket.end();
  const timer = setTimeout(() => socket.destroy(), waitMs);
  await once(socket, 'close');
  clearTimeout(timer);
  return { status: Number(text.slice(9, 12)), text };
}

const problemStatus = ({ status, text }: { status: number; text: string }): number => {
  expect(text.toLowerCase()).toContain('application/problem+json');
  return status;
};
const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: body as never });
const predict = (over: Record<string, unknown>) => post('/v1/predict', JSON.stringify(question(over)));

/** A GET of /livez whose request line and headers have so many bytes as Node counts them: address, names and values. */
function getOfSize(bytes: number): string {
  const path = '/livez';
  const rest = path.length + 'hostlocalhost'.length + 'connection'.length + 'close'.length + 'pad'.length;
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\npad: ${'p'.repeat(bytes - rest)}\r\n\r\n`;
}
const getWith = (headers: number): string =>
  `GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${Array.from({ length: headers - 2 }, (_, n) => `h${n}: 1\r\n`).join('')}\r\n`;
const getUrl = (length: number): string => {
  const path = `/livez?${'q'.repeat(length - '/livez?'.length)}`;
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
};

describe('at each limit: one below and the limit itself are taken, one above is refused', () => {
  it.each([
    ['URL', limits.urlBytes, getUrl, 414],
    ['headers by number', limits.headers, getWith, 431],
    ['headers by bytes', limits.headerBytes - 1, getOfSize, 431],
  ] as const)('%s', async (_what, limit, make, status) => {
    expect((await say(make(limit - 1))).status).toBe(200);
    expect((await say(make(limit))).status).toBe(200);
    expect(problemStatus(await say(make(limit + 1)))).toBe(status);
  });

  it('body', async () => {
    const of = (bytes: number): string => {
      const json = JSON.stringify(question());
      return json + ' '.repeat(bytes - json.length);
    };
    for (const [bytes, status] of [
      [limits.bodyBytes - 1, 200],
      [limits.bodyBytes, 200],
      [limits.bodyBytes + 1, 413],
    ] as const)
      expect((await post('/v1/predict', of(bytes))).status).toBe(status);
  });

  it('body without a stated length', async () => {
    const chunked = (bytes: number): string =>
      `POST /v1/predict HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${JSON.stringify(question()).padEnd(bytes)}\r\n0\r\n\r\n`;
    expect((await say(chunked(limits.bodyBytes))).status).toBe(200);
    expect((await say(chunked(limits.bodyBytes + 1))).status).toBe(413);
  });

  it.each([
    [
      'batch of predictions',
      '/v1/predict/batch',
      (n: number) => ({ requests: Array.from({ length: n }, () => question({ explain: false })) }),
    ],
    [
      'batch of events',
      '/v1/events',
      (n: number) => Array.from({ length: n }, (_, i) => wireEvent(`batch-${n}-${i}`, 'view_item')),
    ],
  ])('%s', async (_what, path, make) => {
    for (const [count, status] of [
      [999, 200],
      [1_000, 200],
      [1_001, 400],
    ] as const)
      expect((await post(path, JSON.stringify(make(count)))).status, `${count}`).toBe(status);
  });

  it.each([
    ['depth', jsonLimits.depth, (n: number) => `${'['.repeat(n)}1${']'.repeat(n)}`, 'nested deeper'],
    [
      'names',
      jsonLimits.keys,
      (n: number) => `{${Array.from({ length: n }, (_, i) => `"k${i}":1`).join(',')}}`,
      'more than 256 names',
    ],
    ['text', jsonLimits.stringLength, (n: number) => JSON.stringify({ brand: 'x'.repeat(n) }), 'longer than 8192'],
  ] as const)('JSON %s', async (_what, limit, make, says) => {
    const said = async (n: number): Promise<string> =>
      ((await (await post('/v1/predict', make(n))).json()) as { detail: string }).detail;
    expect(await said(limit - 1)).not.toContain(says);
    expect(await said(limit)).not.toContain(says);
    expect(await said(limit + 1)).toContain(says);
  });
});

const hostile: readonly (readonly [string, () => Promise<number>])[] = [
  ['500,000 levels', async () => (await post('/v1/predict', '['.repeat(500_000))).status],
  ['1e999', async () => (await post('/v1/predict', JSON.stringify(question()).replace('120', '1e999'))).status],
  [
    'a name twice',
    async () => (await post('/v1/predict', JSON.stringify(question()).replace('"price":120', '"price":1,"price":2'))).status,
  ],
  ['another type', async () => (await post('/v1/predict', JSON.stringify(question()), { 'content-type': 'text/plain' })).status],
  [
    'a gzip bomb',
    async () => (await post('/v1/predict', gzipSync(Buffer.alloc(64 << 20)), { 'content-encoding': 'gzip' })).status,
  ],
  [
    'a gzip bomb in many layers',
    async () =>
      (await post('/v1/predict', gzipSync(gzipSync(Buffer.alloc(1 << 20))), { 'content-encoding': 'gzip, gzip' })).status,
  ],
  [
    'a body that ends half way',
    async () =>
      (
        await say(
          'POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":',
          { half: true },
        )
      ).status,
  ],
  [
    'two lengths',
    async () =>
      (await say('POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab')).status,
  ],
  [
    'a length and chunks',
    async () =>
      (
        await say(
          'POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        )
      ).status,
  ],
  ['no HTTP', async () => (await say('\x16\x03\x01 this is TLS\r\n\r\n')).status],
];

describe('what is sent to do harm', () => {
  it.each(hostile)('%s: refused with 4xx', async (_what, send) => {
    const status = await send();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('neither memory nor other requests suffer', async () => {
    global.gc?.();
    const before = process.memoryUsage().rss;
    let stop = false;
    const statuses = new Map<number, number>();
    const good = (async () => {
      while (!stop) {
        const { status } = await predict({ explain: false });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    })();
    for (let round = 0; round < 3; round += 1) await Promise.all(hostile.map(([, send]) => send()));
    stop = true;
    await good;
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(3);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 << 20);
  });
});
