import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type EventsAnswer, EventsAnswer as EventsAnswerSchema } from '@tillcast/api/events';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { ShopEvent } from '@tillcast/core/events/event';
import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { readLetters } from '../../../../packages/core/test/contract/dead-letters.ts';
import { openMetrics } from '../../src/http/metrics.ts';
import { unpacked } from '../../src/http/packed-body.ts';
import type { IngestLines } from '../../src/http/routes/events.ts';
import { compileChecker } from '../../src/http/validation.ts';
import { noFates } from '../../src/ingest/fates.ts';
import type { TakeBatch } from '../../src/ingest/intake.ts';
import { maxStreamLines } from '../../src/ingest/line-batches.ts';
import { openIngestLines } from '../../src/ingest/take-lines.ts';
import { countedEvents, openToyIntake } from '../toys/toy-intake.ts';
import { openToyService, wireEvent } from '../toys/toy-service.ts';

const faults = compileChecker(EventsAnswerSchema);
const view = (id: string, over: Record<string, unknown> = {}): string => JSON.stringify(wireEvent(id, 'view_item', over));
const ndjson = { 'content-type': 'application/x-ndjson' };

async function openLines() {
  const service = await openToyService();
  const send = (payload: string | Buffer | Readable, headers: Record<string, string> = {}) =>
    service.app.inject({ method: 'POST', url: '/v1/events', headers: { ...ndjson, ...headers }, payload });
  return { ...service, send };
}

/** All chunks of a stream. */
async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** A body cut into pieces of these sizes. */
function pieces(body: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    cut.push(body.subarray(at, at + size));
    at += size;
  }
  return cut;
}

describe('POST /v1/events, line by line', () => {
  it('tells the fate of each line by its number', async () => {
    const { send, eventLog } = await openLines();
    const lines = [view('a'), '', view('a'), '{"event_id":', view('a', { user_id: 'ben' }), '[1]', view('b'), '{"event_id":"c"}'];
    const answer = (await send(lines.join('\n'))).json<EventsAnswer>();
    expect(faults(answer)).toEqual([]);
    expect(answer).toMatchObject({ accepted: 2, duplicate: 1, rejected: 4 });
    expect(answer.errors.map(({ index, line, problem }) => [index, line, problem.code])).toEqual([
      [3, 4, 'BODY_MALFORMED'],
      [4, 5, 'EVENT_CONFLICT'],
      [5, 6, 'INPUT_INVALID'],
      [7, 8, 'INPUT_INVALID'],
    ]);
    expect(await eventLog.count()).toBe(2);
  });

  it('gives the same answer however the network cuts it', async () => {
    const line = fc.oneof(
      fc.constantFrom('a', 'b', 'c').map((id) => view(id)),
      fc.constantFrom('', '  ', '{', '"ä😀"', view('d', { user_id: 'äö😀' }), 'x'.repeat(300)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (lines, sizes) => {
          const body = Buffer.from(lines.join('\r\n'));
          const [whole, cut] = [openToyIntake(), openToyIntake()];
          expect(await cut.ingestLines(Readable.from(pieces(body, sizes)))).toEqual(
            await whole.ingestLines(Readable.from([body])),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says the same as an array of the same events', async () => {
    const events = ['a', 'b', 'a', 'c'].map((id, index) => wireEvent(id, index === 2 ? 'purchase' : 'view_item'));
    const [array, lines] = [await openLines(), await openLines()];
    const asArray = (await array.post('/v1/events', events)).json<EventsAnswer>();
    const asLines = (await lines.send(events.map((event) => JSON.stringify(event)).join('\n'))).json<EventsAnswer>();
    expect({ ...asLines, errors: asLines.errors.map(({ line: _, ...error }) => error) }).toEqual(asArray);
  });

  it('keeps the rejected lines that the answer has no room for as dead letters', async () => {
    const { send, deadLetters } = await openLines();
    const answer = (await send(Array.from({ length: 1_203 }, (_, index) => `{"n":${index}}`).join('\n'))).json<EventsAnswer>();
    expect(answer).toMatchObject({ accepted: 0, rejected: 1_000, dead: 203 });
    expect(answer.errors.at(-1)!.line).toBe(1_000);
    const letters = await readLetters(deadLetters);
    expect(letters.map(({ body }) => body).sort()).toEqual(Array.from({ length: 203 }, (_, n) => `{"n":${n + 1_000}}`).sort());
    expect(letters[0]).toMatchObject({ source: 'stream', reason: 'INPUT_INVALID', tenant: 'default' });
  });

  it('refuses a line of more than a megabyte, and goes on with the next', async () => {
    const { send } = await openLines();
    const long = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    const answer = (await send([long(2 ** 20), long(2 ** 20 + 1), view('a')].join('\n'))).json<EventsAnswer>();
    expect(answer).toMatchObject({ accepted: 1, rejected: 2 });
    expect(answer.errors.map(({ problem }) => problem.detail)).toEqual([
      expect.stringContaining('longer than 8192'),
      expect.stringContaining('longer than 1048576 bytes'),
    ]);
  });

  it('what a broken connection leaves behind: the whole lines, kept or buried; nothing of the last', async () => {
    const { app, eventLog, deadLetters, get } = await openLines();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const lines = ['{"bad":1}', ...Array.from({ length: 600 }, (_, n) => view(`e${n}`))];
    const body = `${lines.join('\n')}\n${view('last').slice(0, 40)}`;
    socket.write(
      `POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${Buffer.byteLength(body) + 500}\r\n\r\n${body}`,
    );
    await expect.poll(() => eventLog.count(), { timeout: 10_000 }).toBeGreaterThan(0);
    socket.destroy();
    // The lines that had not filled a batch were received, but never stored nor answered: their sender still has them.
    await expect.poll(() => deadLetters.count()).toBe(1);
    expect(await eventLog.count()).toBe(499);
    expect((await get('/metrics')).body).toContain('tillcast_events_received_total 500');
  });

  it('a store that fails in the midst says what is stored, buries what was rejected, and acks nothing', async () => {
    const log = memoryEventLog();
    let appends = 0;
    const failing = {
      ...log,
      append: async (events: readonly ShopEvent[]) => (++appends === 2 ? Promise.reject(gone) : log.append(events)),
    };
    const toy = openToyIntake({ log: failing });
    const body = ['{"bad":1}', ...Array.from({ length: 1_200 }, (_, n) => view(`e${n}`))].join('\n');
    await expect(toy.ingestLines(Readable.from([Buffer.from(body)]))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('before that: 499 accepted, 0 duplicate, 1 kept as dead letters'),
    });
    expect(await log.count()).toBe(499);
    expect((await readLetters(toy.letters)).map(({ body }) => body)).toEqual(['{"bad":1}']);
    expect(await countedEvents(toy.metrics)).toEqual({ received: 500, accepted: 499, duplicate: 0, rejected: 0, dead: 1 });
  });
});

const gone = new TillcastError('STORE_UNAVAILABLE', 'the disk is full');

describe('a stream is read no faster than it is stored', () => {
  /** How many chunks had been asked for when the first batch was stored, of a stream of many. */
  async function readAhead(lines: IngestLines, gate: { open: () => void; reached: Promise<void> }): Promise<number> {
    let asked = 0;
    async function* chunks() {
      for (; asked < 200; asked++)
        yield Buffer.from(`${Array.from({ length: 50 }, (_, n) => view(`c${asked}-${n}`)).join('\n')}\n`);
    }
    const answer = lines(chunks());
    await gate.reached;
    await setTimeout(50);
    const ahead = asked;
    gate.open();
    await answer;
    return ahead;
  }

  /** A way in whose first batch waits at a gate. */
  function gated() {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const take: TakeBatch = async (batch) => {
      reach();
      await opened;
      return { ...noFates(), accepted: batch.length };
    };
    const parts = { take, letters: memoryDeadLetters(), metrics: openMetrics({ process: false }), now: () => 0 };
    return { lines: openIngestLines(parts), open, reached };
  }

  it('holds one batch, and asks for no more before it is stored', async () => {
    const { lines, ...gate } = gated();
    expect(await readAhead(lines, gate)).toBeLessThanOrEqual(11);
  });

  it('which a reader that gathers everything first would break', async () => {
    const { lines, ...gate } = gated();
    const greedy: IngestLines = async (chunks) => lines(Readable.from(await gathered(chunks)));
    expect(await readAhead(greedy, gate)).toBe(200);
  });
});

describe('packed bodies', () => {
  const post = (app: FastifyInstance, type: string, payload: Buffer) =>
    app.inject({ method: 'POST', url: '/v1/events', headers: { 'content-type': type, 'content-encoding': 'gzip' }, payload });

  it('are counted as what they hold', async () => {
    const { app } = await openLines();
    const lines = gzipSync([view('a'), view('b')].join('\n'));
    expect((await post(app, 'application/x-ndjson', lines)).json()).toMatchObject({ accepted: 2, rejected: 0 });
    const array = gzipSync(JSON.stringify([wireEvent('a', 'view_item'), wireEvent('c', 'view_item')]));
    expect((await post(app, 'application/json', array)).json()).toMatchObject({ accepted: 1, duplicate: 1 });
  });

  it.each([
    ['a bomb of JSON', 'application/json', gzipSync(Buffer.alloc(64 << 20, 0x20)), 413, 'PAYLOAD_TOO_LARGE'],
    ['a bomb of lines', 'application/x-ndjson', gzipSync(Buffer.alloc(64 << 20, 0x0a)), 413, 'PAYLOAD_TOO_LARGE'],
    ['too many lines', 'application/x-ndjson', gzipSync(Buffer.alloc(maxStreamLines + 1, 0x0a)), 413, 'PAYLOAD_TOO_LARGE'],
    ['a cut stream', 'application/x-ndjson', gzipSync(view('cut')).subarray(0, 60), 400, 'BODY_MALFORMED'],
    ['what is no gzip', 'application/x-ndjson', Buffer.from(view('plain')), 400, 'BODY_MALFORMED'],
    ['what is no gzip, as JSON', 'application/json', Buffer.from(view('plain')), 400, 'BODY_MALFORMED'],
  ])('%s is refused, and others go on', async (_what, type, payload, status, code) => {
    const { app, send, eventLog } = await openLines();
    const before = process.memoryUsage().arrayBuffers;
    const response = await post(app, type, payload);
    expect(response.json()).toMatchObject({ status, code });
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
    expect(await eventLog.count()).toBe(0);
    expect((await send(view('after'))).json()).toMatchObject({ accepted: 1 });
  });

  it('as many lines as there may be are read', async () => {
    const { ingestLines } = openToyIntake();
    const body = (lines: number) => Readable.from([Buffer.from(`${'\n'.repeat(lines - 1)}${view('last')}`)]);
    expect(await ingestLines(body(maxStreamLines))).toMatchObject({ accepted: 1 });
    await expect(ingestLines(body(maxStreamLines + 1))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('other encodings, and gzip where no route takes it, are refused', async () => {
    const { app, send } = await openLines();
    expect((await send(view('a'), { 'content-encoding': 'br' })).json()).toMatchObject({ status: 415 });
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await app.inject({ method: 'POST', url: '/v1/predict', headers, payload: gzipSync('{}') })).statusCode).toBe(415);
    expect((await app.inject({ method: 'POST', url: '/v1/predict', headers: ndjson, payload: '{}' })).statusCode).toBe(415);
  });

  it.each([
    ['plain', false],
    ['packed', true],
  ])('the limit is met exactly: %s', async (_how, isPacked) => {
    const bytes = Buffer.alloc(1_000, 'ab');
    const read = async (maxBytes: number) => {
      const payload = Readable.from(pieces(isPacked ? gzipSync(bytes) : bytes, [7]));
      return Buffer.concat(await gathered(unpacked(payload, isPacked, maxBytes))).length;
    };
    expect(await read(1_001)).toBe(1_000);
    expect(await read(1_000)).toBe(1_000);
    await expect(read(999)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});
