import { memoryDeadLetters } from '@tillcast/stores/memory/dead-letters';
import { memoryEventLog } from '@tillcast/stores/memory/event-log';
import { memoryItemCatalogue } from '@tillcast/stores/memory/item-catalogue';
import { memoryPredictionLog } from '@tillcast/stores/memory/prediction-log';
import { memoryRecentPredictions } from '@tillcast/stores/memory/recent-predictions';
import { memorySuppressions } from '@tillcast/stores/memory/suppressions';
import Fastify from 'fastify';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { guardRoutes } from '../../src/http/auth/guard.ts';
import { granted, permissions, type Role, roles } from '../../src/http/auth/permissions.ts';
import { audience, issuer, mintToken, tokenVerifier, type VerifyToken } from '../../src/http/auth/tokens.ts';
import { openService } from '../../src/serving/service.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question, wireEvent } from '../toys/toy-service.ts';

const secret = new TextEncoder().encode('k3J9-aVq7_Zw2xYt5RbN8mLc4HsDf6Gp');
const otherSecret = new TextEncoder().encode('another-secret-0123456789-abcdefghij');
const now = () => fridayEvening;
const seconds = fridayEvening / 1_000;
const claims = { sub: 'ana', role: 'viewer', iss: issuer, aud: audience, iat: seconds, exp: seconds + 600 };

const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const sign = (payload: JWTPayload, header: Record<string, unknown> = {}, key: Uint8Array = secret): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header }).sign(key);
const without = (name: string): JWTPayload => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

/** Signs exact bytes, so that what a well-behaved library would not write can be tried. */
async function signRaw(header: string, payload: string, key: Uint8Array = secret): Promise<string> {
  const signed = `${b64(header)}.${b64(payload)}`;
  const hmac = await crypto.subtle.importKey('raw', key as Uint8Array<ArrayBuffer>, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  return `${signed}.${Buffer.from(await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(signed))).toString('base64url')}`;
}

const head = '{"alg":"HS256","typ":"JWT"}';

describe('a secret', () => {
  const verify = tokenVerifier({ kind: 'secret', secret }, now);

  it.each([
    ['a good token', () => sign(claims)],
    ['one from the command line', () => mintToken(secret, 'admin', fridayEvening)],
    ['one without typ', () => signRaw('{"alg":"HS256"}', JSON.stringify(claims))],
    ['an audience among others', () => sign({ ...claims, aud: ['shop', audience] })],
    ['one that expired within the leeway', () => sign({ ...claims, exp: seconds - 29 })],
    ['one that begins within the leeway', () => sign({ ...claims, nbf: seconds + 29 })],
  ])('takes %s', async (_what, make) => {
    await expect(verify(await make())).resolves.toMatchObject({ subject: expect.any(String) });
  });

  it.each([
    ['another secret', () => sign(claims, {}, otherSecret)],
    ['no algorithm', () => `${b64({ alg: 'none' })}.${b64(claims)}.`],
    ['NONE', () => `${b64({ alg: 'NONE' })}.${b64(claims)}.`],
    [
      'no algorithm, with a signature',
      async () => `${b64({ alg: 'none' })}.${b64(claims)}.${(await sign(claims)).split('.')[2]}`,
    ],
    ['HS512', () => sign(claims, { alg: 'HS512' }, Buffer.concat([secret, secret]))],
    ['a changed payload', async () => (await sign(claims)).replace(/\.[^.]+\./, `.${b64({ ...claims, role: 'admin' })}.`)],
    ['a cut signature', async () => (await sign(claims)).slice(0, -4)],
    ['no exp', () => sign(without('exp'))],
    ['no sub', () => sign(without('sub'))],
    ['no role', () => sign(without('role'))],
    ['no iss', () => sign(without('iss'))],
    ['no aud', () => sign(without('aud'))],
    ['an empty sub', () => sign({ ...claims, sub: '' })],
    ['an unknown role', () => sign({ ...claims, role: 'root' })],
    ['a list of roles', () => sign({ ...claims, role: ['admin'] })],
    ['an inherited role', () => sign({ ...claims, role: 'constructor' })],
    ['an expired one', () => sign({ ...claims, exp: seconds - 31 })],
    ['an exp as text', () => signRaw(head, JSON.stringify({ ...claims, exp: '9999999999' }))],
    ['an endless exp', () => signRaw(head, JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999'))],
    ['one not begun', () => sign({ ...claims, nbf: seconds + 31 })],
    ['one from the future', () => sign({ ...claims, iat: seconds + 31 })],
    ['another issuer', () => sign({ ...claims, iss: 'other' })],
    ['an issuer that begins alike', () => sign({ ...claims, iss: `${issuer}.evil` })],
    ['a list of issuers', () => signRaw(head, JSON.stringify({ ...claims, iss: [issuer] }))],
    ['another audience', () => sign({ ...claims, aud: 'other' })],
    ['an audience that begins alike', () => sign({ ...claims, aud: `${audience}-evil` })],
    ['an empty audience', () => sign({ ...claims, aud: [] })],
    ['a claim twice', () => signRaw(head, JSON.stringify(claims).replace('"role":"viewer"', '"role":"viewer","role":"admin"'))],
    ['a header twice', () => signRaw('{"alg":"HS256","alg":"HS256"}', JSON.stringify(claims))],
    ['an unknown crit', () => signRaw('{"alg":"HS256","crit":["exp"]}', JSON.stringify(claims))],
    ['b64 false', () => signRaw('{"alg":"HS256","b64":false,"crit":["b64"]}', JSON.stringify(claims))],
    ['a jku', () => sign(claims, { jku: 'https://evil.example/jwks' })],
    ['a jwk', () => sign(claims, { jwk: { kty: 'oct', k: 'AAAA' } })],
    ['an x5u', () => sign(claims, { x5u: 'https://evil.example/x' })],
    ['another typ', () => sign(claims, { typ: 'at+jwt' })],
    ['a payload that is no object', () => signRaw(head, '"ana"')],
    ['a payload that is null', () => signRaw(head, 'null')],
    ['a header that is null', () => signRaw('null', JSON.stringify(claims))],
    ['two parts', async () => (await sign(claims)).split('.').slice(0, 2).join('.')],
    ['five parts', () => 'a.b.c.d.e'],
    ['nothing', () => ''],
    ['dots', () => '..'],
    ['padding', async () => `${await sign(claims)}==`],
    ['a huge one', () => sign({ ...claims, pad: 'x'.repeat(10_000) })],
  ])('refuses %s', async (_what, make) => {
    await expect(verify(await make())).rejects.toThrow();
  });
});

describe('public keys', () => {
  let verify: VerifyToken;
  const keys: Record<string, Awaited<ReturnType<typeof generateKeyPair>>> = {};
  let rsaPem: string;
  beforeAll(async () => {
    keys.rsa = await generateKeyPair('RS256', { extractable: true });
    keys.ec = await generateKeyPair('ES256', { extractable: true });
    keys.stranger = await generateKeyPair('RS256');
    const jwks = {
      keys: [
        { ...(await exportJWK(keys.rsa.publicKey)), kid: 'r' },
        { ...(await exportJWK(keys.ec.publicKey)), kid: 'e' },
      ],
    };
    rsaPem = JSON.stringify(await exportJWK(keys.rsa.publicKey));
    verify = tokenVerifier({ kind: 'jwks', jwks }, now);
  });
  const signed = (name: string, alg: string, kid: string) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(keys[name]!.privateKey);

  it('takes RS256 and ES256 of its own keys', async () => {
    await expect(verify(await signed('rsa', 'RS256', 'r'))).resolves.toEqual({ subject: 'ana', role: 'viewer' });
    await expect(verify(await signed('ec', 'ES256', 'e'))).resolves.toEqual({ subject: 'ana', role: 'viewer' });
  });

  it.each([
    ['a stranger’s key', () => signed('stranger', 'RS256', 'r')],
    ['an unknown kid', () => signed('rsa', 'RS256', '../../etc/passwd')],
    ['the kid of another key', () => signed('rsa', 'RS256', 'e')],
    [
      'a public key as a secret',
      () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'r' }).sign(new TextEncoder().encode(rsaPem)),
    ],
    ['a secret', () => sign(claims)],
  ])('refuses %s', async (_what, make) => {
    await expect(verify(await make())).rejects.toThrow();
  });
});

describe('routes', () => {
  let service: Awaited<ReturnType<typeof openToyService>>;
  beforeAll(async () => {
    service = await openToyService({ access: { kind: 'tokens', verify: tokenVerifier({ kind: 'secret', secret }, now) } });
  });

  const calls = [
    ['POST', '/v1/events', 'events:write', wireEvent('x', 'view_item')],
    ['POST', '/v1/predict', 'predictions:make', question()],
    ['POST', '/v1/predict/batch', 'predictions:make', { requests: [question()] }],
    ['GET', '/v1/shoppers', 'shoppers:read', undefined],
    ['GET', '/v1/models', 'models:read', undefined],
    ['GET', '/metrics', 'metrics:read', undefined],
  ] as const;

  it.each(calls.flatMap((call) => roles.map((role) => [role, ...call] as const)))(
    '%s: %s %s needs %s',
    async (role, method, url, permission, payload) => {
      const authorization = `Bearer ${await mintToken(secret, role as Role, fridayEvening)}`;
      const { statusCode } = await service.app.inject({
        method,
        url,
        headers: { authorization },
        ...(payload === undefined ? {} : { payload }),
      });
      expect(statusCode).toBe(granted[role as Role].includes(permission) ? 200 : 403);
    },
  );

  it.each(calls)('%s %s: nobody gets in without a token, nor with a bad one', async (method, url, _permission, payload) => {
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: 'Basic eDp5' }, { authorization: '' }]) {
      const response = await service.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toContain('Bearer');
    }
  });

  it('each role may what the one before it may', () => {
    for (const [index, role] of roles.entries()) {
      if (index > 0) expect(granted[role]).toEqual(expect.arrayContaining([...granted[roles[index - 1]!]]));
    }
    expect(granted.admin).toEqual(permissions);
  });

  it('exactly these are public: health, and pages without data', async () => {
    const paths = ['/livez', '/readyz', '/openapi.json', '/docs', '/docs/json', '/'];
    for (const path of paths) expect((await service.get(path)).statusCode, path).not.toBe(401);
    for (const { 1: path } of calls)
      expect((await service.app.inject({ url: path, method: 'GET' })).statusCode, path).not.toBe(200);
  });
});

describe('a route that does not declare its permission', () => {
  it('keeps the app from starting, and is named', async () => {
    const app = Fastify();
    guardRoutes(app, { kind: 'open' });
    app.get('/declared', { config: { permission: 'public' } }, async () => 'x');
    app.get('/forgotten', async () => 'x');
    await expect(app.ready()).rejects.toThrow('do not declare the permission they need: GET /forgotten');
  });

  it('a route with a permission nobody knows, too', async () => {
    const app = Fastify();
    guardRoutes(app, { kind: 'open' });
    app.get('/odd', { config: { permission: 'everything' as never } }, async () => 'x');
    await expect(app.ready()).rejects.toThrow('/odd');
  });
});

describe('an open server', () => {
  it('answers only to the names of this machine', async () => {
    const { app, champions } = await openService(
      {
        ...{ registry: toyRegistry().registry, eventLog: memoryEventLog(), deadLetters: memoryDeadLetters() },
        ...{ catalogue: memoryItemCatalogue(), suppressions: memorySuppressions() },
        predictions: { log: memoryPredictionLog(), recent: memoryRecentPredictions() },
        ...{ access: { kind: 'open' }, log: pino({ level: 'silent' }) },
      },
      { now },
    );
    const statusFor = async (host: string) => (await app.inject({ url: '/v1/models', headers: { host } })).statusCode;
    expect(await statusFor('localhost:8080')).toBe(200);
    expect(await statusFor('127.0.0.1:8080')).toBe(200);
    expect(await statusFor('evil.example')).toBe(403);
    expect(await statusFor('localhost.evil.example')).toBe(403);
    await app.close();
    await champions.close();
  });
});
