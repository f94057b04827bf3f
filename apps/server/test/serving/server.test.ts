import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EventsAnswer } from '@tillcast/api/events';
import type { PredictAnswer } from '@tillcast/api/predict';
import type { ShoppersAnswer } from '@tillcast/api/shoppers';
import { afterAll, describe, expect, it } from 'vitest';
import { readServeConfig } from '../../src/config.ts';
import { readTokenKeys } from '../../src/http/auth/token-keys.ts';
import { mintToken } from '../../src/http/auth/tokens.ts';
import { startServer } from '../../src/serving/start-server.ts';
import { openToyService, question } from '../toys/toy-service.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'tillcast.mjs');
const root = mkdtempSync(join(tmpdir(), 'tillcast-serve-'));
let folders = 0;
const freshFolder = (): string => join(root, `d${++folders}`);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const json = { 'content-type': 'application/json' };
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const eventNow = (id: string, over: Record<string, unknown> = {}) => ({
  event_id: id,
  event: 'view_item',
  event_time: new Date().toISOString(),
  user_id: 'ana',
  session_id: 's1',
  items: [{ item_id: 'p1', price: 120 }],
  ...over,
});

/** `tillcast serve` as a process of its own; resolves once it listens. */
async function serveChild(
  data: string,
  flags: readonly string[] = ['--open'],
): Promise<{ url: string; child: ChildProcess; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [bin, 'serve', '--data', data, '--port', '0', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LOG_LEVEL: 'silent' },
  });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout! }))
    return { url: (JSON.parse(line) as { url: string }).url, child, ended };
  throw new Error('the server ended before it listened');
}

/** Sends events without end until the server is gone; keeps the ids that were acked. */
async function writeUntilGone(url: string, acked: Set<string>, nextId: () => string): Promise<void> {
  for (;;) {
    const events = Array.from({ length: 5 }, () => ofId(nextId()));
    try {
      const answer = (await (await post(`${url}/v1/events`, events)).json()) as EventsAnswer;
      if (answer.accepted === 5) for (const { event_id } of events) acked.add(event_id);
    } catch {
      return;
    }
  }
}

/** Every acked id sent again is a duplicate: it is there, once, as it was sent. */
async function expectAllThere(url: string, acked: ReadonlySet<string>): Promise<void> {
  const again = [...acked].map(ofId);
  for (let from = 0; from < again.length; from += 500) {
    const part = again.slice(from, from + 500);
    const answer = await (await post(`${url}/v1/events`, part)).json();
    expect(answer).toEqual({ accepted: 0, duplicate: part.length, rejected: 0, errors: [] });
  }
}

describe('killed while it takes events in', () => {
  it('every acked event is there once, and answers are as before', async () => {
    const data = freshFolder();
    const acked = new Set<string>();
    let counter = 0;
    for (const aliveMs of [200, 350]) {
      const { url, child, ended } = await serveChild(data);
      await expectAllThere(url, acked);
      const writers = Array.from({ length: 4 }, () => writeUntilGone(url, acked, () => `${Date.now()}-${++counter}`));
      setTimeout(() => child.kill('SIGKILL'), aliveMs);
      await Promise.all(writers);
      expect(await ended).toBeNull();
    }
    expect(acked.size).toBeGreaterThan(50);
    const before = await serveChild(data);
    await expectAllThere(before.url, acked);
    const answersBefore = await answersOf(before.url);
    before.child.kill('SIGKILL');
    await before.ended;
    const after = await serveChild(data);
    expect(await answersOf(after.url)).toEqual(answersBefore);
    after.child.kill('SIGTERM');
    expect(await after.ended).toBe(0);
  });

  it('the same check notices a server that acks what it forgets', async () => {
    const acked = new Set([`${Date.now()}-1`]);
    for (const forgetful of [await openToyService(), await openToyService()]) {
      const url = await forgetful.app.listen({ port: 0, host: '127.0.0.1' });
      if (acked.size === 1) await post(`${url}/v1/events`, ofId([...acked][0]!));
      else await expect(expectAllThere(url, acked)).rejects.toThrow();
      acked.add(`${Date.now()}-2`);
    }
  });
});

/** What the features say of every shopper, without what changes with the hour. */
async function answersOf(url: string): Promise<unknown> {
  const { known, shoppers } = (await (await fetch(`${url}/v1/shoppers?sort=recent`)).json()) as ShoppersAnswer;
  const predictions = await Promise.all(
    Array.from({ length: 7 }, async (_, n) => {
      const answer = (await (await post(`${url}/v1/predict`, question({ user_id: `u${n}` }))).json()) as PredictAnswer;
      return { ...answer, prediction_id: '', prediction_timestamp: '', as_of: '' };
    }),
  );
  return { known, shoppers, predictions };
}

/** The event of an id made of its moment and a number: a retry has the same body. */
function ofId(id: string) {
  const [moment, number] = id.split('-').map(Number);
  return eventNow(id, { event_time: new Date(moment!).toISOString(), user_id: `u${number! % 7}` });
}

describe('a real server', () => {
  it('without a token says 401, with one of its own command line 200', async () => {
    const data = freshFolder();
    const server = await startServer({ data, port: 0, env: {} });
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    const keys = readTokenKeys({}, join(data, 'keys'));
    const token = await mintToken((keys as { secret: Uint8Array }).secret, 'operator', Date.now());
    const authorization = `Bearer ${token}`;
    expect((await post(`${server.url}/v1/events`, eventNow('e1'), { authorization })).status).toBe(200);
    expect((await fetch(`${server.url}/v1/models`, { headers: { authorization } })).status).toBe(200);
    expect(statSync(join(data, 'keys', 'jwt-secret')).mode & 0o777).toBe(0o600);
    await server.close();
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  });

  it('answers what it has begun when it is told to stop', async () => {
    const server = await startServer({ data: freshFolder(), port: 0, open: true });
    const results: string[] = [];
    let stopping = false;
    const client = async (id: number): Promise<void> => {
      for (let call = 0; !stopping || call === 0; call++) {
        const status = await post(`${server.url}/v1/events`, eventNow(`${id}-${call}`)).then(
          (response) => String(response.status),
          (error: Error) =>
            /ECONNREFUSED/.test(String((error.cause as { code?: string })?.code))
              ? 'refused'
              : `broken: ${String(error.cause ?? error)}`,
        );
        results.push(status);
        if (status !== '200') return;
      }
    };
    const clients = Array.from({ length: 20 }, (_, id) => client(id));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const closed = server.close();
    setTimeout(() => {
      stopping = true;
    }, 100);
    await Promise.all([...clients, closed]);
    expect(results.length).toBeGreaterThan(20);
    expect(results.filter((status) => status === '503' || status.startsWith('broken: HTTP'))).toEqual([]);
  });

  it('answers what is not HTTP, and closes', async () => {
    const server = await startServer({ data: freshFolder(), port: 0, open: true });
    const said = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write('HELLO\r\n\r\n'));
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('close', () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said).toContain('application/problem+json');
    await server.close();
  });

  it('does not start open on an address that others reach', async () => {
    await expect(startServer({ data: freshFolder(), port: 0, host: '0.0.0.0', open: true })).rejects.toThrow(
      'an open server may listen on 127.0.0.1 alone',
    );
  });

  it('ends with 2 on a wrong setting, and says which', async () => {
    const child = spawn(process.execPath, [bin, 'serve', '--data', freshFolder(), '--port', '99999'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
    expect(said).toContain('--port is "99999"');
  });
});

describe('the secret', () => {
  const folder = freshFolder();
  const strong = 'k3J9-aVq7_Zw2xYt5RbN8mLc4HsDf6Gp';
  it.each([
    ['none in production', { NODE_ENV: 'production' }, 'must be set'],
    ['a short one', { TILLCAST_JWT_SECRET: 'short' }, 'at least 32'],
    ['one that repeats', { TILLCAST_JWT_SECRET: 'a'.repeat(40) }, 'can be guessed'],
    ['a default', { TILLCAST_JWT_SECRET: 'please-change-me-please-change-me-1234' }, 'can be guessed'],
    ['two ways', { TILLCAST_JWT_SECRET: strong, TILLCAST_JWT_SECRET_FILE: '/nowhere' }, 'both set'],
    ['a file that is not there', { TILLCAST_JWT_SECRET_FILE: join(root, 'nowhere') }, 'cannot be read'],
  ])('%s is refused', (_what, env, says) => {
    expect(() => readTokenKeys(env as Record<string, string>, folder)).toThrow(says);
  });

  it('comes from the environment, from a file, or is made once', () => {
    const file = join(root, 'secret');
    writeFileSync(file, `${strong}\n`);
    const text = (env: Record<string, string>) =>
      Buffer.from((readTokenKeys(env, folder) as { secret: Uint8Array }).secret).toString();
    expect(text({ TILLCAST_JWT_SECRET: strong })).toBe(strong);
    expect(text({ TILLCAST_JWT_SECRET_FILE: file, NODE_ENV: 'production' })).toBe(strong);
    expect(text({})).toBe(text({}));
    expect(readFileSync(join(folder, 'jwt-secret'), 'utf8').trim()).toHaveLength(64);
  });

  it.each([
    ['a private key', { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] }, 'private key'],
    ['a secret key', { keys: [{ kty: 'oct', k: 'AAAA' }] }, 'type oct'],
    ['no keys', { keys: [] }, 'holds no "keys"'],
  ])('a key set with %s is refused', (_what, jwks, says) => {
    const file = join(root, 'jwks.json');
    writeFileSync(file, JSON.stringify(jwks));
    expect(() => readTokenKeys({ TILLCAST_JWT_JWKS_FILE: file }, folder)).toThrow(says);
  });
});

describe('settings', () => {
  it('flags before environment before file before defaults', () => {
    expect(readServeConfig({}, {}, {})).toMatchObject({
      port: 8_080,
      host: '127.0.0.1',
      open: false,
      corsOrigins: [],
      logLevel: 'info',
    });
    expect(readServeConfig({ port: '1' }, { PORT: '2' }, { port: 3 }).port).toBe(1);
    expect(readServeConfig({}, { PORT: '2' }, { port: 3 }).port).toBe(2);
    expect(readServeConfig({}, {}, { port: 3, cors_origins: ['https://a.example'] })).toMatchObject({
      port: 3,
      corsOrigins: ['https://a.example'],
    });
  });

  it.each([
    [{ port: '-1' }, '--port'],
    [{ cors_origins: ['*'] }, '--cors-origins'],
    [{ cors_origins: ['https://a.example/path'] }, 'origin such as'],
    [{ session_gap_ms: '10' }, '--session-gap-ms'],
  ])('refuses %j', (flags, says) => expect(() => readServeConfig(flags, {}, {})).toThrow(says));
});
