import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { BatchJob as Job } from '@tillcast/api/batch-jobs';
import { afterAll, describe, expect, it } from 'vitest';
import { fileNames } from '../../src/jobs/batch-mentions.ts';
import { openBatchStore } from '../../src/jobs/batch-store.ts';
import { toyBundle } from '../toys/toy-bundle.ts';
import { toyRegistry } from '../toys/toy-registry.ts';
import { openToyService } from '../toys/toy-service.ts';

const root = mkdtempSync(join(tmpdir(), 'tillcast-batch-erasure-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = { nowMs: 0, key: undefined };
const options = { target: 'item', rows: 'features', output: 'csv', id_column: 'id', model_version: 'v1' } as const;

async function* chunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

describe('a file of rows', () => {
  const line = (id: unknown): string => JSON.stringify({ id, session_cart_adds: 1, price: 2 });
  it.each<[string, string | Buffer, boolean]>([
    ['a.jsonl', `${line('bea')}\n${line('ana')}`, true],
    ['b.jsonl', line('ana').replace('ana', '\\u0061na'), true],
    ['c.jsonl', '{"id":"ana", cut', true],
    ['d.jsonl', `${line('anabel')}\n{"ana":1}`.replace('"ana":1', '"price":1'), false],
    ['e.jsonl.gz', gzipSync(line('ana')), true],
    ['f.csv', 'id,price\nbea,1\nana,2', true],
    ['g.csv', 'id,price\nbea,1\nanabel,2', false],
    ['h.tsv', 'id\tprice\nana\t2', true],
    ['i.csv.gz', gzipSync('id,price\nana,2'), true],
  ])('%s names a person, or does not', async (name, content, expected) => {
    const file = join(root, name);
    writeFileSync(file, content);
    expect(await fileNames(file, ['ana', 'd-7'])).toBe(expected);
  });

  it('names a number by its digits', async () => {
    const file = join(root, 'numbers.jsonl');
    writeFileSync(file, '{"id":1042,"price":10421}');
    expect([await fileNames(file, ['1042']), await fileNames(file, ['1']), await fileNames(file, ['10421'])]).toEqual([
      ...[true, false, true],
    ]);
  });
});

describe('erasing a person', () => {
  it('takes away the jobs whose rows name them, whole, and leaves the others', async () => {
    const folders = { folder: join(root, 'jobs'), inbox: join(root, 'inbox') };
    const service = await openToyService({ models: toyRegistry([toyBundle('v1')]), settings: { batch: folders } });
    const send = async (id: string): Promise<string> => {
      const payload = JSON.stringify({ id, session_cart_adds: 1, price: 2 });
      const headers = { 'content-type': 'application/x-ndjson' };
      const answer = await service.app.inject({ method: 'POST', url: '/v1/batch-jobs?output=csv', payload, headers });
      return answer.json<Job>().id;
    };
    const look = async (id: string): Promise<Job> => (await service.get(`/v1/batch-jobs/${id}`)).json<Job>();
    const [hers, his] = [await send('ana'), await send('ben')];
    for (let n = 0; n < 500 && (await look(his)).finished_at === null; n++) await delay(20);
    expect((await service.get('/v1/subjects/u:ana')).json()).toMatchObject({ batch_jobs: [hers] });

    const erased = (await service.app.inject({ method: 'DELETE', url: '/v1/subjects/u:ana' })).json();
    expect(erased).toMatchObject({ erased: { batch_jobs: 1 } });
    expect(readdirSync(join(folders.folder, hers))).toEqual(['job.json']);
    expect(readFileSync(join(folders.folder, hers, 'job.json'), 'utf8')).not.toContain('ana');
    expect(await look(hers)).toMatchObject({ state: 'failed', problem: { code: 'SUBJECT_ERASED' } });
    expect((await service.get(`/v1/batch-jobs/${hers}/output`)).statusCode).toBe(409);
    expect((await service.get(`/v1/batch-jobs/${his}/output`)).body).toContain('ben');
    expect((await service.app.inject({ method: 'DELETE', url: '/v1/subjects/u:ana' })).json().erased.batch_jobs).toBe(0);
  });

  it('ends a job under way first, and clears it once it has ended', async () => {
    const folders = { folder: join(root, 'under-way'), inbox: join(root, 'inbox') };
    const store = openBatchStore(folders);
    const job = await store.create({ lines: chunk('{"id":"ana"}') }, options, at);
    mkdirSync(join(folders.folder, job.id, 'work.spool'));
    store.erase(job.id);
    store.clear();
    expect(store.isCancelled(job.id)).toBe(true);
    expect(readdirSync(join(folders.folder, job.id))).toContain('rows.jsonl');
    store.save({ ...job, state: 'cancelled', finished_at: new Date(0).toISOString() });
    store.clear();
    expect(readdirSync(join(folders.folder, job.id))).toEqual(['job.json']);
    expect(store.find(job.id)).toMatchObject({ state: 'failed', problem: { code: 'SUBJECT_ERASED' } });
  });
});
