import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEnsembleExplainer } from '@tillcast/core/scoring/explain-row';
import { scoreRow } from '@tillcast/core/scoring/score-row';
import { openDataDir } from '@tillcast/server/cli/data-dir';
import { openModelRegistry } from '@tillcast/server/compose';
import { openExplanationCache } from '@tillcast/server/serving/explanation-cache';
import { startServer } from '@tillcast/server/serving/start-server';
import { redisCache } from '@tillcast/stores/redis/cache';
import { openRedisLink } from '@tillcast/stores/redis/redis-link';
import { freePort } from '../test/free-port.ts';
import { openConnection, postBytes } from './http/connection.ts';

/**
 * What a cache saves, and what it costs to ask it: the score of a row, its contributions, the same from the cache in process and from Redis on loopback;
 * and a whole answer of POST /v1/predict whose contributions are worked out, found in the cache, or not asked for. Microseconds of the clock, medians.
 * Usage: caching.ts --data DIR, the directory of a shop with an `item` champion (that of `npm start`, say); it is copied first.
 */

const { values: flags } = parseArgs({ options: { data: { type: 'string', default: '.tillcast' } } });
const asked = 2_000;

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const rounded = (us: number): number => Math.round(us * 10) / 10;

/** The median of what one call takes, one after the other, µs; a call that is over sooner than the clock ticks is made some times at once. */
async function median(work: (n: number) => unknown, times = asked, atOnce = 1): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const from = performance.now();
    for (let k = 0; k < atOnce; k += 1) {
      const answer = work(n * atOnce + k);
      if (answer instanceof Promise) await answer;
    }
    if (n >= times / 5) taken.push(((performance.now() - from) * 1_000) / atOnce);
  }
  return rounded(medianOf(taken));
}

/** Rows of the champion's own golden file. */
function rowsOf(folder: string): Float32Array[] {
  const lines = readFileSync(join(folder, 'golden.jsonl'), 'utf8').split('\n').filter(Boolean);
  const rows = lines.map((line) => (JSON.parse(line) as { row: (number | string | null)[] }).row);
  const finite = rows.filter((row) => row.every((value) => value === null || typeof value === 'number'));
  return finite.map((row) => Float32Array.from(row, (value) => (value === null ? Number.NaN : Number(value))));
}

const folder = mkdtempSync(join(tmpdir(), 'tillcast-bench-caching-'));
cpSync(flags.data, folder, { recursive: true });
const registry = openModelRegistry(openDataDir(folder));
const version = await registry.resolve('item', 'champion');
if (version === undefined) throw new RangeError(`${flags.data} has no champion for "item": train one first`);
const bundle = await registry.open('item', version);
const { ensemble } = bundle;
const rows = rowsOf(bundle.folder);
const rowAt = (n: number): Float32Array => rows[n % rows.length]!;
const explainer = openEnsembleExplainer(ensemble);

const port = await freePort();
const redis = spawn('redis-server', ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', folder], {
  stdio: 'ignore',
});
const link = openRedisLink(`redis://127.0.0.1:${port}`, { budgetMs: 5_000 });
await link.ready(10_000);
const shared = redisCache(link);
const keyOf = (row: Float32Array): string => Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('latin1');
for (const row of rows) {
  const { contributions } = explainer.explain(row);
  await shared.set('default', keyOf(row), new Uint8Array(contributions.slice().buffer), 3_600_000);
}
const own = openExplanationCache(async (row) => explainer.explain(row), { now: () => performance.now() });
for (const row of rows) await own.explain(row, 'default');

const us = {
  score: await median((n) => scoreRow(ensemble, rowAt(n)), asked, 10),
  score_and_contributions: await median((n) => explainer.explain(rowAt(n))),
  contributions_cached_in_process: await median((n) => own.explain(rowAt(n), 'default'), asked, 10),
  contributions_cached_in_redis: await median((n) => shared.get('default', keyOf(rowAt(n)))),
  redis_get: await median(() => link.run((client) => client.get('nothing'))),
};
await link.close();
redis.kill();

const server = await startServer({ data: folder, port: 0, open: true, logLevel: 'silent', env: {} });
const question = (n: number, explain: boolean): Buffer => {
  const about = { product_id: 'p1', category_code: 'electronics.smartphone', brand: 'acme', price: 10 + n / 100 };
  const when = { hour: 18, day_of_week: 4, is_weekend: 0 };
  return postBytes('/v1/predict', JSON.stringify({ user_id: `u${n}`, session_id: `s${n}`, ...about, ...when, explain }));
};
const connection = openConnection({ port: Number(new URL(server.url).port) });
const answer = (bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.ask(bytes, (got) => (got?.status === 200 ? resolve() : reject(new RangeError(`status ${got?.status}`))));
  });
const from = 10_000;
for (let n = 0; n < asked; n += 1) await answer(question(n, true));
const answers = {
  without_reasons: await median((n) => answer(question(from + n, false))),
  reasons_worked_out: await median((n) => answer(question(from + n, true))),
  reasons_cached: await median((n) => answer(question(from + n, true))),
};
connection.close();
await server.close();
rmSync(folder, { recursive: true, force: true });

const saved = Math.round(1_000 * (1 - answers.reasons_cached / answers.reasons_worked_out)) / 10;
console.log(JSON.stringify({ model: version, rows: rows.length, us, answers_us: answers, cached_reasons_save_percent: saved }));
