import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../test/free-port.ts';
import { BenchError } from '../trees/bench-error.ts';
import { getBytes, openConnection } from './connection.ts';
import type { Shop } from './prepare-shop.ts';

/** A server under measurement, in a process of its own. */
export interface Server {
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

const here = import.meta.dirname;

function stopper(child: ChildProcess): () => Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    return ended.finally(() => clearTimeout(late));
  };
}

/** Starts a Node script that prints its `url` as JSON once it listens. */
async function startNode(name: string, args: string[], env: NodeJS.ProcessEnv, logTo: string): Promise<Server> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', openSync(logTo, 'a')],
    env: { ...process.env, ...env },
  });
  for await (const line of createInterface({ input: child.stdout! }))
    return { name, port: Number(new URL((JSON.parse(line) as { url: string }).url).port), stop: stopper(child) };
  throw new BenchError(`${name} ended before it listened; ${logTo} may say why`);
}

/** Tillcast as it is shipped: tokens, features from the shop's events, each prediction logged durably, a line of log for each request. */
export async function startOurs(data: string, secret: string, logTo: string): Promise<Server> {
  const server = await startNode(
    'ours',
    [join(here, '..', '..', 'apps', 'server', 'bin', 'tillcast.mjs'), 'serve', '--data', data, '--port', '0', '--json'],
    // The limit of a credential is there and counts; it lies beyond what one credential asks here.
    { TILLCAST_JWT_SECRET: secret, LOG_LEVEL: 'info', TILLCAST_RATE_LIMIT: '1000000' },
    logTo,
  );
  // Without a champion it would answer from the prior, which is fast and not what is measured.
  if (await answers(server.port)) return server;
  await server.stop();
  throw new BenchError(`ours serves no model; ${logTo} may say why`);
}

/** Fastify with nothing registered, answering so many bytes. */
export const startBare = (bytes: number, logTo: string): Promise<Server> =>
  startNode('bare_fastify', [join(here, 'bare.ts'), String(bytes)], {}, logTo);

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = openConnection({ port, timeoutMs: 1_000 });
    connection.ask(getBytes('/readyz'), (answer) => {
      connection.close();
      resolve(answer?.status === 200);
    });
  });

/** FastAPI on uvicorn with one worker, uvloop and httptools; `forest`: scikit-learn's own call, or a loop over its trees. */
export async function startFastApi(python: string, shop: Shop, forest: 'library' | 'loop', logTo: string): Promise<Server> {
  const port = await freePort();
  const flags = ['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--log-level', 'warning'];
  const child = spawn(python, ['-m', 'uvicorn', 'service:app', '--host', '127.0.0.1', '--port', String(port), ...flags], {
    cwd: join(here, 'python'),
    stdio: ['ignore', openSync(logTo, 'a'), openSync(logTo, 'a')],
    env: {
      ...process.env,
      ...{ MEMBERS: shop.members, ROWS: shop.rows, COLUMNS: shop.columns, FOREST: forest },
      ...{ OMP_NUM_THREADS: '1', OMP_WAIT_POLICY: 'PASSIVE', PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' },
    },
  });
  const stop = stopper(child);
  for (let tries = 0; tries < 240 && child.exitCode === null; tries += 1) {
    if (await answers(port)) return { name: forest === 'library' ? 'fastapi' : 'fastapi_forest_loop', port, stop };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await stop();
  throw new BenchError(`FastAPI does not answer; ${logTo} may say why`);
}
