import type { V2InferResponse } from '@tillcast/api/v2';
import { V2InferResponse as V2InferResponseSchema, V2Model } from '@tillcast/api/v2';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { mintToken, tokenVerifier } from '../../src/http/auth/tokens.ts';
import { compileChecker } from '../../src/http/validation.ts';
import { toyBundle, toyEnsemble } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { fridayEvening, openToyService, question } from '../toys/toy-service.ts';

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService({ models: toyRegistry([toyBundle('v1')]) });
});

const ensemble = toyEnsemble();
const url = '/v2/models/item/infer';
const infer = async (body: unknown, at = url): Promise<V2InferResponse> => {
  const response = await service.post(at, body);
  expect(response.statusCode, response.body).toBe(200);
  return response.json<V2InferResponse>();
};
const outputOf = ({ outputs }: V2InferResponse, name: string) => outputs.find((output) => output.name === name);
const whole = (rows: readonly (readonly (number | null)[])[], datatype = 'FP64') => ({
  inputs: [{ name: 'features', shape: [rows.length, 2], datatype, data: rows }],
});
const column = (name: string, datatype: string, data: readonly unknown[], shape = [data.length]) => ({
  ...{ name, shape, datatype, data },
});
const served = (rows: readonly (readonly (number | null)[])[]) =>
  rows.map((row) =>
    scoreRow(
      ensemble,
      Float32Array.from(row, (value) => value ?? Number.NaN),
    ),
  );

describe('metadata and health (inference_rest.md, API definitions)', () => {
  it('says what the server is, that it lives and that it is ready', async () => {
    expect((await service.get('/v2')).json()).toMatchObject({ name: 'tillcast', extensions: ['binary_tensor_data'] });
    expect((await service.get('/v2/health/live')).json()).toEqual({ live: true });
    expect((await service.get('/v2/health/ready')).json()).toEqual({ ready: true });
  });

  it.each(['/v2/models/item', '/v2/models/item/versions/v1'])('describes the model at %s', async (at) => {
    const model = (await service.get(at)).json();
    expect(compileChecker(V2Model)(model)).toEqual([]);
    expect(model).toMatchObject({
      name: 'item',
      versions: ['v1'],
      inputs: [{ name: 'session_cart_adds', datatype: 'FP32', shape: [-1, 1] }, { name: 'price' }],
      outputs: [{ name: 'probability' }, { name: 'log_odds' }, { name: 'contributions', shape: [-1, 2] }, { name: 'base_value' }],
    });
    expect((await service.get(`${at}/ready`)).json()).toEqual({ name: 'item', ready: true });
  });

  it.each(['/v2/models/session', '/v2/models/nobody', '/v2/models/item/versions/v0'])('%s is not there', async (at) => {
    const ready = await service.get(`${at}/ready`);
    expect([ready.statusCode, ready.json().ready]).toEqual([404, false]);
    for (const response of [await service.get(at), await service.post(`${at}/infer`, whole([[0, 1]]))]) {
      expect(response.statusCode).toBe(404);
      expect(Object.keys(response.json())).toEqual(['error']);
    }
  });

  it('without a champion it is not ready', async () => {
    const bare = await openToyService();
    const ready = await bare.get('/v2/health/ready');
    expect([ready.statusCode, ready.json()]).toEqual([503, { ready: false }]);
  });

  it('an unknown address is an error of the protocol', async () => {
    const response = await service.get('/v2/repository/index');
    expect([response.statusCode, Object.keys(response.json())]).toEqual([404, ['error']]);
  });
});

describe('infer, rows of features', () => {
  const row = fc.tuple(fc.constantFrom(0, 1, 2, null), fc.option(fc.float({ noNaN: true, noDefaultInfinity: true })));
  const rowsGiven = fc.array(row, { minLength: 1, maxLength: 150 });

  it('gives the scores of the serving path bit for bit, one tensor or columns, JSON or binary', async () => {
    await fc.assert(
      fc.asyncProperty(rowsGiven, fc.boolean(), fc.boolean(), async (rows, asColumns, nested) => {
        const columns = [0, 1].map((at) => rows.map((values) => values[at] ?? null));
        const inputs = asColumns
          ? [column('price', 'FP64', columns[1]!), column('session_cart_adds', 'INT64', columns[0]!, [rows.length, 1])]
          : [{ ...whole(rows).inputs[0]!, data: nested ? rows : rows.flat() }];
        const answer = await infer({ id: 'r-1', inputs });
        expect(compileChecker(V2InferResponseSchema)(answer)).toEqual([]);
        expect(answer).toMatchObject({ id: 'r-1', model_name: 'item', model_version: 'v1' });
        expect(outputOf(answer, 'log_odds')!.data).toEqual(served(rows).map(({ logOdds }) => logOdds));
        expect(outputOf(answer, 'probability')!.data).toEqual(served(rows).map(({ probability }) => probability));
        expect(answer.outputs.length).toBe(2);
      }),
      { numRuns: 40 },
    );
  });

  it('gives contributions where they are asked for, and they add up', async () => {
    const rows = [
      [0, 120],
      [2, 900],
      [1, null],
    ] as const;
    const named = await infer({
      ...whole(rows),
      outputs: [{ name: 'contributions' }, { name: 'base_value' }, { name: 'log_odds' }],
    });
    expect(named.outputs.map(({ name }) => name)).toEqual(['contributions', 'base_value', 'log_odds']);
    const asked = await infer({ ...whole(rows), parameters: { contributions: true } });
    for (const answer of [named, asked]) {
      const [parts, base, logOdds] = ['contributions', 'base_value', 'log_odds'].map((name) => outputOf(answer, name)!);
      expect(parts!.shape).toEqual([3, 2]);
      for (const at of [0, 1, 2]) {
        const sum = (parts!.data as number[]).slice(2 * at, 2 * at + 2).reduce((a, b) => a + b, (base!.data as number[])[at]!);
        expect(Math.abs(sum - (logOdds!.data as number[])[at]!)).toBeLessThanOrEqual(1e-9);
      }
    }
  });

  it('takes texts and switches as numbers, and leaves the unknown missing', async () => {
    const texts = await infer({
      inputs: [column('session_cart_adds', 'BOOL', [true, false, true]), column('price', 'BYTES', ['900', '', '12.5'])],
    });
    expect(outputOf(texts, 'log_odds')!.data).toEqual(
      served([
        [1, 900],
        [0, null],
        [1, 12.5],
      ]).map(({ logOdds }) => logOdds),
    );
  });

  it('takes 1,000 rows and refuses 1,001', async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, at) => [at % 3, at]);
    expect(outputOf(await infer(whole(rows(1_000))), 'probability')!.shape).toEqual([1_000]);
    expect((await service.post(url, whole(rows(1_001)))).json().error).toContain('at most 1000');
  });

  it.each([
    ['no inputs', { inputs: [] }, '/inputs'],
    ['no body', undefined, ''],
    ['a text', 'x', ''],
    ['too few values', { inputs: [{ ...whole([[1, 2]]).inputs[0], data: [1] }] }, 'holds 1 values; its shape asks for 2'],
    ['another width', { inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP64', data: [1, 2, 3] }] }, 'takes 2 features'],
    ['three sides', { inputs: [{ name: 'x', shape: [1, 1, 2], datatype: 'FP64', data: [1, 2] }] }, '/inputs/0/shape'],
    ['no rows', { inputs: [{ name: 'x', shape: [0, 2], datatype: 'FP64', data: [] }] }, 'holds no row'],
    ['a text as a number', { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP64', data: ['1', 2] }] }, 'which is no FP64'],
    ['a half as an integer', { inputs: [{ name: 'x', shape: [1, 2], datatype: 'INT64', data: [0.5, 2] }] }, 'which is no INT64'],
    ['300 as a byte', { inputs: [{ name: 'x', shape: [1, 2], datatype: 'UINT8', data: [300, 2] }] }, 'which is no UINT8'],
    ['an unknown type', { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP16', data: [1, 2] }] }, 'FP16 is not taken'],
    ['more than a float32 holds', whole([[0, 1e300]]), 'not finite as a float32'],
    ['a strange feature', { inputs: [column('colour', 'FP64', [1]), column('price', 'FP64', [1])] }, '"colour" is no feature'],
    ['a missing feature', { inputs: [column('price', 'FP64', [1])] }, 'lacks the features session_cart_adds'],
    ['a feature twice', { inputs: [column('price', 'FP64', [1]), column('price', 'FP64', [1])] }, 'is there twice'],
    ['unequal columns', { inputs: [column('price', 'FP64', [1]), column('session_cart_adds', 'FP64', [1, 2])] }, 'has 2 rows'],
    ['an unknown output', { ...whole([[0, 1]]), outputs: [{ name: 'shap' }] }, '"shap" is no output'],
    ['an id of another kind', { ...whole([[0, 1]]), id: 7 }, '/id'],
  ])('refuses %s in the form of the protocol', async (_what, body, says) => {
    const response = await service.app.inject({
      ...{ method: 'POST', url, headers: { 'content-type': 'application/json' } },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    expect(response.statusCode, response.body).toBe(400);
    expect(Object.keys(response.json())).toEqual(['error']);
    expect(response.json().error).toContain(says);
  });
});

describe('infer, binary data (extension_binary_data.md)', () => {
  const doubles = (values: readonly number[]) => Buffer.from(Float64Array.from(values).buffer);
  const send = (request: unknown, binary: Buffer, length?: string) => {
    const json = Buffer.from(JSON.stringify(request));
    const headers = { 'inference-header-content-length': length ?? String(json.length) };
    return service.app.inject({ method: 'POST', url, headers, payload: Buffer.concat([json, binary]) });
  };
  const price = { name: 'price', shape: [2], datatype: 'FP64', parameters: { binary_data_size: 16 } };
  const adds = { name: 'session_cart_adds', shape: [2], datatype: 'INT32', parameters: { binary_data_size: 8 } };
  const bytes = Buffer.concat([doubles([120, Number.NaN]), Buffer.from(Int32Array.of(0, 2).buffer)]);
  const truth = served([
    [0, 120],
    [2, null],
  ]).map(({ logOdds }) => logOdds);

  it('takes inputs behind the JSON in their order, and answers in kind', async () => {
    const response = await send(
      {
        id: 'b',
        inputs: [price, adds],
        parameters: { binary_data_output: true },
        outputs: [{ name: 'log_odds' }, { name: 'probability', parameters: { binary_data: false } }],
      },
      bytes,
    );
    expect(response.statusCode, response.body).toBe(200);
    const length = Number(response.headers['inference-header-content-length']);
    const answer = JSON.parse(response.rawPayload.subarray(0, length).toString()) as V2InferResponse;
    expect(outputOf(answer, 'log_odds')).toEqual({
      name: 'log_odds',
      shape: [2],
      datatype: 'FP64',
      parameters: { binary_data_size: 16 },
    });
    const tail = response.rawPayload.subarray(length);
    expect([tail.length, tail.readDoubleLE(0), tail.readDoubleLE(8)]).toEqual([16, ...truth]);
    expect(outputOf(answer, 'probability')!.data).toHaveLength(2);
  });

  it.each([
    ['bytes that are missing', [price, adds], bytes.subarray(0, 20), 'do not follow'],
    ['bytes that are left over', [price, adds], Buffer.concat([bytes, bytes]), 'belong to no input'],
    ['a size that is not the shape’s', [{ ...price, shape: [1] }, adds], bytes, 'are not 1 values'],
    ['a size below zero', [{ ...price, parameters: { binary_data_size: -1 } }], bytes, 'do not follow'],
    ['data twice', [{ ...price, data: [1, 2] }, adds], bytes, 'must be absent'],
  ])('refuses %s', async (_what, inputs, binary, says) => {
    const response = await send({ inputs }, binary as Buffer);
    expect([response.statusCode, response.json().error]).toEqual([400, expect.stringContaining(says)]);
  });

  it.each(['x', '-1', '99999999', '1e3'])('refuses a JSON length of %s', async (length) => {
    expect((await send({ inputs: [price, adds] }, bytes, length)).statusCode).toBe(400);
  });
});

describe('infer, questions of POST /v1/predict', () => {
  const asked = [question(), question({ user_id: 'zoe', price: 900, brand: '' })];
  const types: Readonly<Record<string, string>> = { price: 'FP64', hour: 'INT64', day_of_week: 'INT64', is_weekend: 'UINT8' };
  const inputs = Object.keys(asked[0]!).map((name) =>
    column(
      name,
      types[name] ?? 'BYTES',
      asked.map((one) => (one as Record<string, unknown>)[name]),
    ),
  );

  it('answers as POST /v1/predict does, and keeps the predictions', async () => {
    const answer = await infer({ inputs });
    for (const [at, one] of asked.entries()) {
      const alone = (await service.post('/v1/predict', one)).json();
      expect(outputOf(answer, 'log_odds')!.data![at]).toBe(alone.log_odds);
      const id = outputOf(answer, 'prediction_id')!.data![at];
      expect((await service.get(`/v1/predictions/${id}`)).json()).toMatchObject({ prediction_id: id });
    }
    const reasons = await infer({ inputs, outputs: [{ name: 'contributions' }] });
    expect(reasons.outputs).toHaveLength(1);
    expect(outputOf(reasons, 'contributions')!.shape).toEqual([2, 2]);
  });

  it('names the row that is no question', async () => {
    const bad = inputs.map((input) => (input.name === 'is_weekend' ? { ...input, data: [0, 1] } : input));
    expect((await service.post(url, { inputs: bad })).json().error).toContain('row 1: /is_weekend');
  });
});

it('asks for a token where /v1 does, and refuses in the form of the protocol', async () => {
  const secret = new TextEncoder().encode('k3J9-aVq7_Zw2xYt5RbN8mLc4HsDf6Gp');
  const now = () => fridayEvening;
  const closed = await openToyService({
    models: toyRegistry([toyBundle('v1')]),
    access: { kind: 'tokens', verify: tokenVerifier({ kind: 'secret', secret }, now) },
  });
  const ask = async (role: 'viewer' | 'analyst' | undefined) =>
    closed.app.inject({
      ...{ method: 'POST', url, payload: whole([[0, 1]]) },
      headers: role === undefined ? {} : { authorization: `Bearer ${await mintToken(secret, role, fridayEvening)}` },
    });
  expect([(await ask(undefined)).statusCode, (await ask('viewer')).statusCode, (await ask('analyst')).statusCode]).toEqual([
    401, 403, 200,
  ]);
  const refused = await ask(undefined);
  expect(Object.keys(refused.json())).toEqual(['error']);
  expect(refused.headers['www-authenticate']).toContain('Bearer');
  expect((await closed.get('/v2/health/live')).statusCode).toBe(200);
  expect((await closed.get('/v2/models/item')).statusCode).toBe(401);
});
