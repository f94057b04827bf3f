import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closedLoop } from '../../bench/http/closed-loop.ts';
import { getBytes } from '../../bench/http/connection.ts';
import { openLoop, percentilesOf } from '../../bench/http/open-loop.ts';
import { ratiosOf } from '../../bench/http/ratios.ts';

const root = join(import.meta.dirname, '..', '..');
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  answer: (n: number) => { status?: number; afterMs?: number; headers?: Record<string, string> },
): Promise<number> {
  let n = 0;
  const server = createServer((_request, response) => {
    const { status = 200, afterMs = 0, headers = {} } = answer(n++);
    setTimeout(() => response.writeHead(status, { 'content-length': '2', ...headers }).end('ok'), afterMs);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const request = (): Buffer => getBytes('/');

describe('the open loop', () => {
  it('sends as many as are due whatever the server does, and times each from when it was due', async () => {
    let frozenUntilMs = 0;
    const port = await serve((n) => {
      if (n === 100) frozenUntilMs = performance.now() + 300;
      return { afterMs: Math.max(0, frozenUntilMs - performance.now()) };
    });
    const report = await openLoop({ port, rate: 300, durationMs: 1_000, request });
    expect(report.due).toBeGreaterThan(240);
    expect(report.due).toBeLessThan(360);
    expect(report.statuses).toEqual({ 200: report.due });
    // A closed loop would have met the pause once a connection; here all that were due while it lasted did.
    expect(report.latencyMs.p90).toBeGreaterThan(50);
  });

  it('counts refusals by status, notices one without Retry-After, and an answer that never came', async () => {
    const port = await serve((n) => ({
      status: [200, 503, 429][n % 3]!,
      ...(n % 3 === 1 ? { headers: { 'retry-after': '1' } } : {}),
    }));
    const report = await openLoop({ port, rate: 200, durationMs: 600, request });
    expect(Object.keys(report.statuses)).toEqual(['200', '429', '503']);
    expect(report.withoutRetryAfter).toBe(report.statuses[429]);
    const gone = await openLoop({ port: 9, rate: 50, durationMs: 200, request });
    expect(gone.statuses).toEqual({ 0: gone.due });
  });

  it('takes percentiles by the nearest rank', () => {
    expect(percentilesOf(Array.from({ length: 200 }, (_, n) => n + 1))).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 });
    expect(percentilesOf([]).p99).toBeNaN();
  });
});

describe('the closed loop', () => {
  it('asks again as soon as it is answered, and counts what was no 200', async () => {
    const port = await serve((n) => ({ afterMs: 10, status: n % 4 === 0 ? 500 : 200 }));
    const report = await closedLoop({ ports: [port], connections: 4, durationMs: 500, request });
    expect(report.failed).toBeGreaterThan(10);
    expect(report.answered).toBeGreaterThan(2 * report.failed);
    expect(report.latencyMs.p50).toBeGreaterThan(9);
    expect(report.bodyBytes).toBe(2);
  });
});

describe('npm run bench:http', () => {
  it('a ratio is of medians, and unknown where a side is missing', () => {
    const ratios = ratiosOf({ 'ours/predict': [300, 100, 200], 'fastapi/predict': [2, 1, 4], 'ours/explain': [50] });
    expect(ratios).toMatchObject({ predict_vs_fastapi: 100, explain_vs_fastapi: null, predict_vs_bare_fastify: null });
  });

  it('runs all there is without FastAPI, and ends with one line of ratios, machine and medians', { timeout: 180_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/http/main.ts', '--tiny', '--json'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    expect(report).toMatchObject({
      ratios: { predict_vs_fastapi: null, explain_vs_fastapi: null, predict_vs_bare_fastify: expect.any(Number) },
      machine: { cpu: expect.any(String), cores: expect.any(Number) },
      failed: 0,
      missing: { fastapi: expect.any(String) },
    });
    for (const name of ['ours/predict', 'ours/explain', 'bare_fastify/predict']) expect(report.medians[name]).toBeGreaterThan(0);
  });
});
