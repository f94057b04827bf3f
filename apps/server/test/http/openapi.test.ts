import { schemas } from '@tillcast/api/schemas';
import { describe, expect, it } from 'vitest';
import { openToyService } from '../toys/toy-service.ts';

const service = await openToyService();
const document = (await service.get('/openapi.json')).json();

/** Every `$ref` at any depth. */
const refsIn = (node: unknown): string[] =>
  typeof node !== 'object' || node === null
    ? []
    : Object.entries(node).flatMap(([key, value]) => (key === '$ref' && typeof value === 'string' ? [value] : refsIn(value)));

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 and holds exactly our operations', () => {
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'delete /v1/subjects/{id}',
      'get /livez',
      'get /readyz',
      'get /v1/batch-jobs',
      'get /v1/batch-jobs/{id}',
      'get /v1/batch-jobs/{id}/output',
      'get /v1/experiments',
      'get /v1/experiments/{id}',
      'get /v1/experiments/{id}/power',
      'get /v1/experiments/{id}/results',
      'get /v1/insights/rules',
      'get /v1/live/scores',
      'get /v1/models',
      'get /v1/predictions',
      'get /v1/predictions/{id}',
      'get /v1/reports/performance',
      'get /v1/reports/roi',
      'get /v1/segment-deliveries',
      'get /v1/segments',
      'get /v1/segments/{id}',
      'get /v1/segments/{id}/export',
      'get /v1/shoppers',
      'get /v1/subjects/{id}',
      'get /v2',
      'get /v2/health/live',
      'get /v2/health/ready',
      'get /v2/models/{name}',
      'get /v2/models/{name}/ready',
      'get /v2/models/{name}/versions/{version}',
      'get /v2/models/{name}/versions/{version}/ready',
      'post /ofrep/v1/evaluate/flags',
      'post /ofrep/v1/evaluate/flags/{key}',
      'post /v1/batch-jobs',
      'post /v1/batch-jobs/{id}/cancel',
      'post /v1/decide',
      'post /v1/events',
      'post /v1/experiments',
      'post /v1/experiments/{id}/exposures',
      'post /v1/experiments/{id}/start',
      'post /v1/experiments/{id}/stop',
      'post /v1/explain',
      'post /v1/insights/rules/simulate',
      'post /v1/items',
      'post /v1/outcomes',
      'post /v1/predict',
      'post /v1/predict/batch',
      'post /v1/segments/{id}/export',
      'post /v1/webhooks/segment',
      'post /v1/what-if',
      'post /v2/models/{name}/infer',
      'post /v2/models/{name}/versions/{version}/infer',
      'put /v1/experiments/{id}',
    ]);
  });

  it('publishes each schema once, and every reference leads to one', () => {
    const published = Object.keys(document.components.schemas);
    expect(published.sort()).toEqual(Object.keys(schemas).sort());
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) expect(published).toContain(ref.replace('#/components/schemas/', ''));
    expect(document.paths['/v1/predict'].post.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/PredictRequest',
    });
    expect(JSON.stringify(document)).not.toContain('"$id"');
  });

  it('asks for a token everywhere but for health', () => {
    expect(document.security).toEqual([{ bearer: [] }]);
    expect(document.paths['/livez'].get.security).toEqual([]);
    expect(document.paths['/v1/predict'].post.security).toBeUndefined();
  });

  it('its own example of a question is a good question', async () => {
    const properties = document.components.schemas.PredictRequest.properties as Record<string, { examples: unknown[] }>;
    const example = Object.fromEntries(Object.entries(properties).map(([name, { examples }]) => [name, examples?.[0]]));
    const { event_time: _time, price: _price, ...rest } = example;
    expect((await service.post('/v1/predict', { ...rest, price: 1, hour: 18, day_of_week: 4 })).statusCode).toBe(200);
  });
});

describe('/docs', () => {
  it('loads everything from this server', async () => {
    const page = (await service.get('/docs/')).body;
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => new URL(url!, 'http://here/docs/'));
    expect(assets.length).toBeGreaterThan(3);
    for (const url of assets) {
      expect(url.href).toMatch(/^http:\/\/here\/docs\//);
      expect((await service.get(url.pathname)).statusCode, url.pathname).toBe(200);
    }
    expect(page).not.toMatch(/<script>[^<]/);
  });
});
