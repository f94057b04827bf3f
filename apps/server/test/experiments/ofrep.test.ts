import { OFREPProvider } from '@openfeature/ofrep-provider';
import { type Client, ErrorCode, OpenFeature } from '@openfeature/server-sdk';
import type { ExperimentDetail, OfrepBulkAnswer } from '@tillcast/api/experiments';
import { assign } from '@tillcast/core/experiments/assign';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustReadExperiment } from '../../src/experiments/read-experiment.ts';
import { openToyService } from '../toys/toy-service.ts';

const config = {
  experiment_id: 'checkout',
  variants: ['control', { name: 'express', treatment: { kind: 'message', id: 'express-checkout' } }],
  targeting: 'context.country == "DE"',
};
const experiment = mustReadExperiment(config);
let service: Awaited<ReturnType<typeof openToyService>>;
let client: Client;
const units = async (): Promise<number> => {
  const detail = (await service.get('/v1/experiments/checkout')).json<ExperimentDetail>();
  return Object.values(detail.units).reduce((sum, count) => sum + count, 0);
};
const bulk = (context: object, headers = {}) =>
  service.app.inject({ method: 'POST', url: '/ofrep/v1/evaluate/flags', payload: { context }, headers });

beforeAll(async () => {
  service = await openToyService();
  for (const one of [config, { experiment_id: 'draft', variants: ['off', 'on'] }]) await service.post('/v1/experiments', one);
  await service.post('/v1/experiments/checkout/start', {});
  const baseUrl = await service.app.listen({ port: 0, host: '127.0.0.1' });
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl }));
  client = OpenFeature.getClient();
});
afterAll(() => OpenFeature.close());

describe('the OpenFeature SDK with its OFREP provider', () => {
  it('gets the variants that the hash assigns, and exposes each unit once', async () => {
    for (let n = 0; n < 20; n++) {
      const context = { targetingKey: `d-${n}`, country: 'DE', age: 33, nested: { ignored: true } };
      const details = await client.getStringDetails('checkout', 'fallback', context);
      const { variant } = assign(experiment, `a:d-${n}`);
      expect(details).toMatchObject({ value: variant, variant, reason: 'SPLIT', flagMetadata: { version: 2, exposed: true } });
      if (variant === 'express') expect(details.flagMetadata.treatment_id).toBe('express-checkout');
      expect((await client.getStringDetails('checkout', 'fallback', context)).flagMetadata.exposed).toBe(false);
    }
    expect(await units()).toBe(20);
  });

  it('gets the control for whoever takes no part, and for what does not run', async () => {
    const abroad = await client.getStringDetails('checkout', 'fallback', { targetingKey: 'd-99', country: 'FR' });
    expect(abroad).toMatchObject({ value: 'control', reason: 'DEFAULT', flagMetadata: { why: 'not_targeted', exposed: false } });
    const draft = await client.getStringDetails('draft', 'fallback', { targetingKey: 'd-1' });
    expect(draft).toMatchObject({ value: 'off', reason: 'DISABLED', flagMetadata: { state: 'draft' } });
  });

  it('falls back, and knows why, where a flag or a unit is missing', async () => {
    const context = { targetingKey: 'd-1' };
    expect(await client.getStringDetails('nothing', 'fallback', context)).toMatchObject({
      ...{ value: 'fallback', errorCode: ErrorCode.FLAG_NOT_FOUND },
    });
    expect(await client.getStringDetails('checkout', 'fallback', { country: 'DE' })).toMatchObject({
      ...{ value: 'fallback', errorCode: ErrorCode.TARGETING_KEY_MISSING },
    });
    expect(await client.getStringDetails('checkout', 'fallback', { targetingKey: 'x'.repeat(257) })).toMatchObject({
      ...{ value: 'fallback', errorCode: ErrorCode.INVALID_CONTEXT },
    });
  });
});

describe('POST /ofrep/v1/evaluate/flags', () => {
  it('evaluates all that runs and exposes nobody; the same again is 304', async () => {
    const before = await units();
    const first = await bulk({ targetingKey: 'd-500', country: 'DE' });
    const { flags } = first.json<OfrepBulkAnswer>();
    expect(flags).toMatchObject([
      { key: 'checkout', variant: assign(experiment, 'a:d-500').variant, metadata: { exposed: false } },
    ]);
    const etag = String(first.headers.etag);
    const again = await bulk({ targetingKey: 'd-500', country: 'DE' }, { 'if-none-match': etag });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
    expect((await bulk({ targetingKey: 'd-500', country: 'FR' }, { 'if-none-match': etag })).statusCode).toBe(200);
    expect(await units()).toBe(before);
  });

  it('exposes where the context says so, and once where values are used one by one', async () => {
    const before = await units();
    await bulk({ targetingKey: 'd-501', country: 'DE', tillcast_expose: true });
    expect(await units()).toBe(before + 1);
    await client.getStringValue('checkout', 'fallback', { targetingKey: 'd-502', country: 'DE', tillcast_expose: false });
    expect(await units()).toBe(before + 1);
    const met = { anonymous_id: 'd-502', context: { country: 'DE' } };
    const taken = await service.post('/v1/experiments/checkout/exposures', met);
    expect(taken.json()).toMatchObject({ variant: assign(experiment, 'a:d-502').variant, exposed: true, reason: null });
    expect((await service.post('/v1/experiments/checkout/exposures', met)).json().exposed).toBe(false);
    expect(await units()).toBe(before + 2);
  });

  it.each([
    ['a body that is no object', [1], 'PARSE_ERROR'],
    ['no context', {}, 'TARGETING_KEY_MISSING'],
    ['a context that is none', { context: 'DE' }, 'INVALID_CONTEXT'],
    ['a unit that is no text', { context: { targetingKey: 5 } }, 'INVALID_CONTEXT'],
    [
      'too many attributes',
      { context: Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`a${n}`, n])) },
      'INVALID_CONTEXT',
    ],
  ])('refuses %s with the code of the protocol', async (_what, payload, errorCode) => {
    for (const path of ['', '/checkout']) {
      const response = await service.post(`/ofrep/v1/evaluate/flags${path}`, payload);
      expect([response.statusCode, response.json().errorCode]).toEqual([400, errorCode]);
    }
  });
});
