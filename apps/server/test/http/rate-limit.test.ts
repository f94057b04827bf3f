import { memoryLimiter } from '@tillcast/stores/memory/limiter';
import { beforeEach, describe, expect, it } from 'vitest';
import { mintToken, tokenVerifier } from '../../src/http/auth/tokens.ts';
import { fridayEvening, openToyService, question } from '../toys/toy-service.ts';

const secret = new TextEncoder().encode('k3J9-aVq7_Zw2xYt5RbN8mLc4HsDf6Gp');
const clock = { ms: 0 };
let service: Awaited<ReturnType<typeof openToyService>>;
let ask: (
  subject: string,
  over?: Record<string, unknown>,
) => Promise<{ statusCode: number; headers: Record<string, unknown>; json: () => unknown }>;
beforeEach(async () => {
  clock.ms = 0;
  const limiter = memoryLimiter({ policy: { name: 'credential', limit: 2, windowMs: 1_000, burst: 3 }, now: () => clock.ms });
  const verify = tokenVerifier({ kind: 'secret', secret }, () => fridayEvening);
  service = await openToyService({ access: { kind: 'tokens', verify, limiter } });
  ask = async (subject) => {
    const token = await mintToken(secret, 'analyst', fridayEvening, { subject });
    return service.app.inject({
      ...{ method: 'POST', url: '/v1/predict', payload: question({ explain: false }) },
      headers: { authorization: `Bearer ${token}` },
    });
  };
});

describe('a credential that asks too often', () => {
  it('gets 429 with Retry-After, and what it may is told on every answer', async () => {
    for (const remaining of [2, 1, 0]) {
      const { statusCode, headers } = await ask('ana');
      expect(statusCode).toBe(200);
      expect(headers).toMatchObject({
        'ratelimit-policy': '"credential";q=3;w=1',
        ratelimit: expect.stringMatching(`^"credential";r=${remaining};t=\\d+$`),
        'x-ratelimit-limit': '3',
        'x-ratelimit-remaining': String(remaining),
        'x-ratelimit-reset': expect.stringMatching(/^\d+$/),
      });
    }
    const refused = await ask('ana');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'x-ratelimit-remaining': '0' });
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
  });

  it('after Retry-After it is answered again, and nobody else ever noticed', async () => {
    for (let n = 0; n < 10; n += 1) await ask('ana');
    expect((await ask('eve')).statusCode).toBe(200);
    clock.ms += 1_000;
    expect((await ask('ana')).statusCode).toBe(200);
  });

  it('a token that is not accepted, and health, count for nobody', async () => {
    for (let n = 0; n < 10; n += 1) {
      await service.app.inject({
        method: 'POST',
        url: '/v1/predict',
        headers: { authorization: 'Bearer x.y.z' },
        payload: question(),
      });
      expect((await service.get('/livez')).headers).not.toHaveProperty('ratelimit');
    }
    expect((await ask('ana')).statusCode).toBe(200);
  });
});
