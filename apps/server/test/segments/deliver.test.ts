import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryLine, openDeliver } from '../../src/segments/deliver.ts';
import { parseAllowedHosts } from '../../src/segments/egress.ts';
import { type ExportRow, exportRow } from '../../src/segments/export-rows.ts';

const secret = 'sixteen-characters';
const received: { headers: IncomingHttpHeaders; body: string }[] = [];
let answers: number[] = [];
let server: Server;
let url: URL;
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answers.shift() ?? 200, { 'retry-after': '7' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hidden`);
});
afterAll(() => void server.close());

const pauses: number[] = [];
const logged: DeliveryLine[] = [];
let nowMs = 1_795_000_000_000;
const deliver = () =>
  openDeliver({
    ...{ secret, allowed: parseAllowedHosts(url.host), now: () => nowMs, random: () => 0 },
    sleep: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
    log: (line) => logged.push(line),
  });
async function* rows(count: number): AsyncGenerator<ExportRow> {
  for (let n = 0; n < count; n++) yield exportRow({ shopper: `u:${n}`, facts: { orders: n }, segments: ['a'] });
}
const send = (count: number) => deliver()({ segment: 'a', url, takenAtMs: 1_795_000_000_000, rows: rows(count) });

beforeEach(() => {
  for (const list of [received, pauses, logged]) list.length = 0;
  answers = [];
});

describe('a delivery', () => {
  it('is signed over its moment and its body, and says whom it is about', async () => {
    expect(await send(2)).toMatchObject([{ part: 1, members: 2, tries: 1, status: 200, delivered: true, problem: null }]);
    const [{ headers, body }] = received as [(typeof received)[number]];
    const right = createHmac('sha256', secret).update(`${headers['tillcast-timestamp']}.${body}`).digest('hex');
    expect(headers['tillcast-signature']).toBe(`v1=${right}`);
    expect(JSON.parse(body)).toMatchObject({
      segment: 'a',
      part: 1,
      is_last: true,
      members: [{ user_id: '0' }, { user_id: '1' }],
    });
    // A body changed on its way does not match.
    const other = createHmac('sha256', secret).update(`${headers['tillcast-timestamp']}.${body} `).digest('hex');
    expect(headers['tillcast-signature']).not.toBe(`v1=${other}`);
  });

  it('goes in parts of a thousand, every member once', async () => {
    const lines = await send(2_500);
    expect(lines.map(({ members }) => members)).toEqual([1_000, 1_000, 500]);
    const ids = received.flatMap(({ body }) =>
      (JSON.parse(body) as { members: { user_id: string }[] }).members.map((one) => one.user_id),
    );
    expect(new Set(ids).size).toBe(2_500);
  });

  it('of nobody is sent too', async () => {
    expect(await send(0)).toMatchObject([{ members: 0, delivered: true }]);
  });

  it('is tried again, under the same name, when they ask for time or have trouble', async () => {
    answers = [503, 429, 200];
    expect(await send(1)).toMatchObject([{ tries: 3, delivered: true }]);
    expect(pauses).toEqual([7_000, 7_000]);
    expect(new Set(received.map(({ headers }) => headers['tillcast-delivery'])).size).toBe(1);
  });

  it('is given up after five tries, or at once where they say no; the rest is not sent after it', async () => {
    answers = [500, 500, 500, 500, 500];
    expect(await send(1_500)).toMatchObject([{ part: 1, tries: 5, delivered: false, problem: 'answered 500' }]);
    answers = [410];
    expect(await send(1)).toMatchObject([{ tries: 1, delivered: false, problem: 'answered 410' }]);
  });

  it('is logged without what its address may hide, and pauses longer each time where nobody answers', async () => {
    const post = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const unanswered = openDeliver({
      ...{ secret, allowed: new Set<string>(), now: () => nowMs, random: () => 0, post, log: (line) => logged.push(line) },
      sleep: async (ms) => void pauses.push(ms),
    });
    await unanswered({ segment: 'a', url, takenAtMs: nowMs, rows: rows(1) });
    expect(pauses).toEqual([1_000, 4_000, 16_000, 64_000]);
    expect(logged).toMatchObject([{ status: 0, tries: 5, problem: 'connect ECONNREFUSED', host: url.host }]);
    expect(JSON.stringify(logged)).not.toContain('hidden');
  });
});
