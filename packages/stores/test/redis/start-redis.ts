import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../../test/free-port.ts';

/** Why tests that need Redis are skipped; undefined: it is installed. */
export const redisMissing: string | undefined =
  spawnSync('redis-server', ['--version']).status === 0
    ? undefined
    : 'skipped: redis-server is not installed (Debian: apt-get install redis-server)';
if (redisMissing !== undefined) console.warn(redisMissing);

/** A Redis of the tests' own: a loopback port, nothing on disk, ended with the process that started it. */
export interface TestRedis {
  readonly port: number;
  readonly pid: number;
  /** Its address; `port` may be a proxy's. */
  url(port?: number): string;
  /** Stops the process where it stands (SIGSTOP), as a hung machine would. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts again what was killed, empty, on the same port. */
  restart(): Promise<void>;
  /** Says one command to it in a connection of its own; answers the reply as text, an error reply included. */
  say(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** How the server is set up besides what tests always want. */
export type RedisSettings = Readonly<Record<string, string>>;

/** Starts a Redis that keeps nothing on disk and throws nothing out. */
export async function startRedis(settings: RedisSettings = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-redis-'));
  const port = await freePort();
  const all = { ...always, ...settings, dir: folder, port: String(port), logfile: join(folder, 'log') };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  let server: ChildProcess;

  const launch = async (): Promise<void> => {
    server = spawn(command, [...before, ...args], { stdio: 'ignore' });
    const deadline = Date.now() + 20_000;
    while ((await say(port, ['PING']).catch(() => '')) !== '+PONG') {
      if (Date.now() > deadline) throw new Error(`redis-server did not start: ${readFileSync(join(folder, 'log'), 'utf8')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    server.kill('SIGKILL');
    await gone;
  };
  const endWithUs = (): void => void server.kill('SIGKILL');

  await launch();
  process.once('exit', endWithUs);
  return {
    port,
    get pid() {
      return server.pid!;
    },
    url: (through = port) => `redis://127.0.0.1:${through}`,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    kill,
    restart: launch,
    say: (...words) => say(port, words),
    async stop() {
      process.removeListener('exit', endWithUs);
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The kernel ends the server with the process that started it, by whatever end, where there is a program to say so. */
const [command, before]: readonly [string, readonly string[]] =
  spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0
    ? ['setpriv', ['--pdeathsig', 'KILL', 'redis-server']]
    : ['redis-server', []];

const always: RedisSettings = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  'maxmemory-policy': 'noeviction',
  maxmemory: '256mb',
};

/** One inline command whose words hold no blanks; the reply's first line, or the text it announces. */
function say(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let heard = '';
    socket.on('connect', () => socket.write(`${words.join(' ')}\r\nQUIT\r\n`));
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    socket.on('error', reject);
    // The last line is the answer to QUIT.
    socket.on('close', () =>
      resolve(
        heard
          .replace(/\+OK\r\n$/, '')
          .replace(/^\$\d+\r\n/, '')
          .trimEnd(),
      ),
    );
  });
}
