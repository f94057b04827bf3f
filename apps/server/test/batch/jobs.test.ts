import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { BatchJob as Job } from '@tillcast/api/batch-jobs';
import { BatchJob } from '@tillcast/api/batch-jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileChecker } from '../../src/http/validation.ts';
import { openBatchRunner } from '../../src/jobs/batch-runner.ts';
import { openBatchStore } from '../../src/jobs/batch-store.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService, question, wireEvent } from '../toys/toy-service.ts';
import { faultsOf, readOutput, toyRow, writeToyCsv } from './batch-toys.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-jobs-'));
afterAll(() => rmSync(root, { recursive: true }));
const folders = { folder: join(root, 'batch-jobs'), inbox: join(root, 'inbox') };
const models = toyRegistry([toyBundle('v1')]);
const faultsOfJob = compileChecker(BatchJob);

let service: Awaited<ReturnType<typeof openToyService>>;
beforeAll(async () => {
  service = await openToyService({ models, settings: { batch: folders } });
});

const lines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const toyLines = (count: number): string =>
  lines(
    Array.from({ length: count }, (_, index) => {
      const { id, cart, price } = toyRow(index);
      return { id, session_cart_adds: cart, price };
    }),
  );
const send = (payload: string | Buffer, query = '', headers: Record<string, string> = {}) =>
  service.app.inject({
    ...{ method: 'POST', url: `/v1/batch-jobs${query}`, payload },
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
const look = async (id: string): Promise<Job> => (await service.get(`/v1/batch-jobs/${id}`)).json<Job>();

async function ended(id: string): Promise<Job> {
  for (let tries = 0; tries < 600; tries++) {
    const job = await look(id);
    if (job.finished_at !== null) return job;
    await delay(20);
  }
  throw new Error(`the job ${id} did not end`);
}

async function outputOf(id: string, ending: string) {
  const response = await service.get(`/v1/batch-jobs/${id}/output`);
  expect(response.statusCode, response.body).toBe(200);
  const file = join(root, `${id}.${ending}`);
  writeFileSync(file, response.rawPayload);
  return readOutput(file);
}

describe('POST /v1/batch-jobs', () => {
  it('scores the rows of a body, in order, bit for bit as served', async () => {
    const response = await send(toyLines(3_000));
    expect(response.statusCode, response.body).toBe(202);
    const created = response.json<Job>();
    expect(faultsOfJob(created)).toEqual([]);
    expect(response.headers.location).toBe(`/v1/batch-jobs/${created.id}`);
    const job = await ended(created.id);
    expect(faultsOfJob(job)).toEqual([]);
    expect(job).toMatchObject({ state: 'done', model_version: 'v1', progress: { rows: 3_000, share: 1 }, problem: null });
    expect(faultsOf(await outputOf(job.id, 'parquet'), 3_000)).toEqual([]);
    expect((await service.get('/v1/batch-jobs')).json().jobs[0]).toEqual(job);
    const left = readdirSync(join(folders.folder, job.id));
    expect(left.sort()).toEqual(['job.json', 'output.parquet', 'rows.jsonl']);
  });

  it('takes gzip, and the other forms of output', async () => {
    for (const output of ['csv', 'jsonl']) {
      const response = await send(gzipSync(toyLines(200)), `?output=${output}`, { 'content-encoding': 'gzip' });
      const job = await ended(response.json<Job>().id);
      expect(faultsOf(await outputOf(job.id, output), 200)).toEqual([]);
    }
  });

  it('scores a file of the inbox, as it was when the job was made', async () => {
    writeToyCsv(join(folders.inbox, 'night-1.csv'), 400);
    const response = await service.post('/v1/batch-jobs', { inbox: 'night-1', output: 'jsonl' });
    writeToyCsv(join(folders.inbox, 'night-1.csv'), 1);
    const job = await ended(response.json<Job>().id);
    expect(faultsOf(await outputOf(job.id, 'jsonl'), 400)).toEqual([]);
  });

  it('answers questions as POST /v1/predict does, and logs none of them', async () => {
    await service.post('/v1/events', wireEvent('job-cart', 'add_to_cart', { user_id: 'bea', session_id: 'b1' }));
    const asked = [question({ user_id: 'bea', session_id: 'b1' }), question({ user_id: 'new' }), question({ is_weekend: 1 })];
    const before = await service.predictions.log.count();
    const response = await send(lines(asked.map((one, index) => ({ id: `q${index}`, ...one }))), '?rows=requests&output=jsonl');
    const job = await ended(response.json<Job>().id);
    expect(job).toMatchObject({ state: 'done', model_version: null, progress: { rows: 3, scored: 2 } });
    const rows = await outputOf(job.id, 'jsonl');
    expect(rows.map(({ id }) => id)).toEqual(['q0', 'q1', 'q2']);
    expect(rows[2]!.problem).toContain('/is_weekend');
    await service.keeping.desk.latest('default', 10);
    expect(await service.predictions.log.count()).toBe(before);
    for (const at of [0, 1]) {
      const alone = (await service.post('/v1/predict', asked[at])).json();
      expect(rows[at]!.log_odds).toBe(alone.log_odds);
    }
    expect(rows[0]!.log_odds).toBeGreaterThan(rows[1]!.log_odds!);
  });

  it('the same key with the same rows is the same job; with others it is refused', async () => {
    const headers = { 'idempotency-key': 'tonight' };
    const [first, again, other] = [
      await send(toyLines(5), '', headers),
      await send(toyLines(5), '', headers),
      await send(toyLines(6), '', headers),
    ];
    expect(again.json().id).toBe(first.json().id);
    expect([other.statusCode, other.json().code]).toEqual([409, 'KEY_CONFLICT']);
    expect(readdirSync(folders.folder).filter((name) => name.startsWith('.incoming'))).toEqual([]);
  });

  it.each([
    ['a path', { inbox: '../keys/secret' }],
    ['a name with its ending', { inbox: 'night-1.csv' }],
    ['nothing that is there', { inbox: 'nobody' }],
    ['a link', { inbox: 'link' }],
    ['a folder', { inbox: 'folder' }],
    ['a field too many', { inbox: 'night-1', path: '/etc/passwd' }],
    ['no inbox', {}],
    ['another target', { inbox: 'night-1', target: 'x' }],
  ])('refuses %s', async (_what, body) => {
    writeFileSync(join(root, 'elsewhere.csv'), 'x');
    for (const make of [
      () => symlinkSync(join(root, 'elsewhere.csv'), join(folders.inbox, 'link.csv')),
      () => mkdirSync(join(folders.inbox, 'folder.csv')),
    ])
      try {
        make();
      } catch {}
    const response = await service.post('/v1/batch-jobs', body);
    expect([response.statusCode, response.json().code]).toEqual([400, 'INPUT_INVALID']);
    expect(response.body).not.toContain(root);
  });

  it('a target without a champion is refused', async () => {
    expect((await send(toyLines(1), '?target=session')).json()).toMatchObject({ status: 404, code: 'MODEL_NOT_FOUND' });
  });

  it('an input that cannot be read fails the job, by its reason', async () => {
    writeFileSync(join(folders.inbox, 'bad.csv'), 'price\n1\n');
    const job = await ended((await service.post('/v1/batch-jobs', { inbox: 'bad' })).json<Job>().id);
    expect(job).toMatchObject({ state: 'failed', problem: { code: 'INPUT_INVALID' } });
    expect(job.problem!.detail).toContain('missing column session_cart_adds');
    expect(job.problem!.detail).not.toContain(root);
    expect((await service.get(`/v1/batch-jobs/${job.id}/output`)).json()).toMatchObject({ status: 409, code: 'JOB_NOT_DONE' });
  });

  it.each(['nobody', '..', '.incoming-x', 'a%2Fb'])('there is no job %s', async (id) => {
    expect((await service.get(`/v1/batch-jobs/${id}`)).statusCode).toBe(404);
  });

  it('without a data directory there are none', async () => {
    const bare = await openToyService({ models });
    expect((await bare.get('/v1/batch-jobs')).statusCode).toBe(503);
  });
});

describe('a runner', () => {
  const open = (name: string) => {
    const own = { folder: join(root, name), inbox: folders.inbox };
    const store = openBatchStore(own);
    const troubles: unknown[] = [];
    const run = () =>
      openBatchRunner({
        ...{ store, folders: own, registry: models.registry, everyMs: 20 },
        ask: async () => Promise.reject(new Error('nobody asks')),
        onTrouble: (error) => void troubles.push(error),
      });
    const options = { target: 'item', rows: 'features', output: 'csv', id_column: 'id', model_version: 'v1' } as const;
    const create = (text: string) =>
      store.create(
        {
          lines: (async function* () {
            yield Buffer.from(text);
          })(),
        },
        options,
        { nowMs: Date.now(), key: undefined },
      );
    const until = async (state: (id: string) => boolean, id: string) => {
      for (let tries = 0; tries < 600 && !state(id); tries++) await delay(10);
      return store.find(id);
    };
    return { store, run, create, until, troubles };
  };

  it('gives a job up when it is told to, before and while it runs', async () => {
    const { store, run, create, until } = open('cancel');
    const [waiting, running] = [await create(toyLines(10)), await create(toyLines(60_000))];
    store.cancel(waiting.id);
    const runner = run();
    expect(await until((id) => store.find(id).finished_at !== null, waiting.id)).toMatchObject({ state: 'cancelled' });
    await until((id) => store.find(id).state === 'running', running.id);
    store.cancel(running.id);
    expect(await until((id) => store.find(id).finished_at !== null, running.id)).toMatchObject({ state: 'cancelled' });
    await runner.close();
  });

  it('goes on after an end with exact rows, and two runners do not do one job twice', async () => {
    const { store, run, create, until, troubles } = open('resume');
    const { id } = await create(toyLines(60_000));
    const first = run();
    await until(() => store.find(id).progress.rows > 0, id);
    await first.close();
    const stopped = store.find(id);
    expect(stopped).toMatchObject({ state: 'running', finished_at: null, attempts: 0 });
    expect(stopped.progress.rows).toBeLessThan(60_000);
    const both = [run(), run()];
    const done = await until(() => store.find(id).finished_at !== null, id);
    await Promise.all(both.map((runner) => runner.close()));
    expect(done).toMatchObject({ state: 'done', attempts: 1, progress: { rows: 60_000 } });
    expect(faultsOf(await readOutput(store.paths(done).out), 60_000)).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('finishes a job whose output stood when its process ended', async () => {
    const { store, run, create, until } = open('published');
    const job = await create(toyLines(10));
    writeFileSync(store.paths(job).out, 'stands');
    store.save({ ...job, state: 'running' });
    const runner = run();
    expect(await until((id) => store.find(id).finished_at !== null, job.id)).toMatchObject({ state: 'done' });
    await runner.close();
    expect(readFileSync(store.paths(job).out, 'utf8')).toBe('stands');
  });

  it('removes what ended a week ago', async () => {
    const { store, create } = open('sweep');
    const [old, fresh] = [await create(toyLines(1)), await create(toyLines(1))];
    store.save({ ...old, state: 'done', finished_at: '2026-01-01T00:00:00.000Z' });
    store.sweep(Date.parse('2026-01-02T00:00:00Z'), Date.now());
    expect(store.list().map(({ id }) => id)).toEqual([fresh.id]);
  });
});
