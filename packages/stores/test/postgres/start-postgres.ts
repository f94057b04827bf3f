import { spawn, spawnSync } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../../../test/free-port.ts';

/** Where Debian's package puts the programs of PostgreSQL; the newest version counts. Undefined: not installed. */
export const postgresPrograms: string | undefined = findPrograms();

/** A PostgreSQL of the tests' own, in a temporary folder, on loopback and a unix socket. */
export interface TestPostgres {
  readonly port: number;
  readonly socketFolder: string;
  /** The postmaster's id. */
  readonly pid: number;
  /** Address of a database, through loopback; `port` may be a proxy's. */
  url(database?: string, port?: number): string;
  /** Stops every process of the server where it stands (SIGSTOP), as a hung machine would. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL to every process of the server. */
  kill(): Promise<void>;
  /** Starts again what was killed or stopped, on the same port. */
  restart(): Promise<void>;
  /** Ends the server; its folder goes too. */
  stop(): Promise<void>;
}

/** Of whom a server is the standby. */
interface StandbyOptions {
  readonly standbyOf?: TestPostgres;
  /** A port that leads to it. */
  readonly wire?: number;
}

/**
 * Makes a cluster and starts it: fsync on, as in production; text sorts by ICU's English, so that a forgotten `collate "C"` shows. `standbyOf`: it
 * streams from that server instead, through the port of `wire`, until it is promoted.
 */
export async function startPostgres({ standbyOf, wire }: StandbyOptions = {}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-pg-'));
  const [data, socketFolder, logFile] = [join(folder, 'data'), join(folder, 'socket'), join(folder, 'log')];
  mkdirSync(socketFolder);
  for (const path of [folder, socketFolder]) giveAway(path);
  makeCluster(folder, data, standbyOf);
  const port = await freePort();
  const source = wire === undefined ? [] : [`primary_conninfo=host=127.0.0.1 port=${wire} user=tillcast`];
  const url = (database = 'postgres', through = port): string => `postgres://tillcast@127.0.0.1:${through}/${database}`;

  const launch = async (): Promise<number> => {
    const log = openSync(logFile, 'a');
    const options = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${socketFolder}`,
      ...settings,
      ...source,
    ];
    const { command, args } = asServerUser('postgres', ['-D', data, ...options.flatMap((option) => ['-c', option])]);
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', log, log], detached: true });
    child.unref();
    closeSync(log);
    await answering(url(), () => readFileSync(logFile, 'utf8'));
    return child.pid!;
  };

  let pid = await launch();
  const processes = (): number[] => [pid, ...childrenOf(pid)];
  const kill = async (): Promise<void> => {
    const ids = processes();
    for (const id of ids) signal(id, 'SIGKILL');
    for (const id of ids) await gone(id);
  };
  return {
    port,
    socketFolder,
    get pid() {
      return pid;
    },
    url,
    freeze: () => processes().forEach((id) => void signal(id, 'SIGSTOP')),
    thaw: () => processes().forEach((id) => void signal(id, 'SIGCONT')),
    kill,
    restart: async () => {
      pid = await launch();
    },
    stop: async () => {
      for (const id of processes()) signal(id, 'SIGCONT');
      // "Immediate shutdown": nothing of it is needed again.
      signal(pid, 'SIGQUIT');
      await gone(pid).catch(kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeCluster(folder: string, data: string, standbyOf: TestPostgres | undefined): void {
  const { command, args } =
    standbyOf === undefined
      ? asServerUser('initdb', [
          '--pgdata',
          data,
          '--username',
          'tillcast',
          '--auth',
          'trust',
          '--encoding',
          'UTF8',
          '--no-sync',
          ...icu,
        ])
      : asServerUser('pg_basebackup', [
          '--pgdata',
          data,
          '--dbname',
          standbyOf.url(),
          '--checkpoint=fast',
          '--write-recovery-conf',
          '--no-sync',
        ]);
  const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

const icu = ['--locale', 'C.UTF-8', '--locale-provider', 'icu', '--icu-locale', 'en-US'];
const settings = ['shared_buffers=32MB', 'max_connections=60', 'max_wal_size=256MB', 'logging_collector=off'];

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.length === 0 ? undefined : join(root, versions[0]!, 'bin');
  } catch {
    return undefined;
  }
}

const isRoot = process.getuid?.() === 0;

/** The user the server runs as, where we are root: PostgreSQL refuses to. */
function serverUser(): { readonly uid: number; readonly gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = lines.find((one) => one.startsWith('postgres:')) ?? lines.find((one) => one.startsWith('nobody:'));
  const [, , uid, gid] = (line ?? '').split(':').map(Number);
  if (uid === undefined || gid === undefined) throw new Error('there is no user "postgres" or "nobody" to run PostgreSQL as');
  return { uid, gid };
}

function giveAway(path: string): void {
  if (!isRoot) return;
  const { uid, gid } = serverUser();
  chownSync(path, uid, gid);
}

function asServerUser(program: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
  const path = join(postgresPrograms!, program);
  if (!isRoot) return { command: path, args: [...args] };
  const { uid, gid } = serverUser();
  return { command: 'setpriv', args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', path, ...args] };
}

const startDeadlineMs = 60_000;

/** Waits until the server takes a connection; after a kill it first recovers. */
async function answering(url: string, log: () => string): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`PostgreSQL did not start as ${userInfo().username}: ${log()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The processes a process has started; Linux only. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

const isGone = (pid: number): boolean => {
  if (!signal(pid, 0)) return true;
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isGone(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
