import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getBytes, openConnection } from '../../../bench/http/connection.ts';
import { freePort } from '../../free-port.ts';

/** An nginx of our own in front of servers. */
export interface Nginx {
  readonly port: number;
  close(): Promise<void>;
}

const binary = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find(existsSync);

/** What nginx calls itself; undefined: there is none on this machine. */
export const nginxVersion = binary && /nginx\/\S+/.exec(spawnSync(binary, ['-v'], { encoding: 'utf8' }).stderr)?.[0];

/** How it passes requests on. */
export interface NginxSettings {
  readonly upstreams: readonly number[];
  /** How long it keeps a connection to a server, ms. */
  readonly keptMs: number;
  /** Whether a request whose connection broke is sent to another server, though it may have arrived. */
  readonly sendsAgain: boolean;
}

/** As docs/guides/operate.md tells operators; a server that refuses connections is passed over at once, and asked again with the next request. */
const configOf = (folder: string, port: number, { upstreams, keptMs, sendsAgain }: NginxSettings): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream tillcast {
    ${upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=0;`).join('\n    ')}
    keepalive 32;
    keepalive_timeout ${keptMs}ms;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://tillcast;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_next_upstream error timeout${sendsAgain ? ' non_idempotent' : ''};
    }
  }
}
`;

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = openConnection({ port, timeoutMs: 1_000 });
    connection.ask(getBytes('/livez'), (answer) => {
      connection.close();
      resolve(answer?.status === 200);
    });
  });

/** Starts one, with its files in `folder`, and waits until it passes requests on. */
export async function startNginx(folder: string, settings: NginxSettings): Promise<Nginx> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, configOf(folder, port, settings));
  const child = spawn(binary!, ['-c', config, '-p', folder, '-e', join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; tries < 100 && child.exitCode === null; tries += 1) {
    if (await answers(port))
      return {
        port,
        async close() {
          child.kill('SIGTERM');
          await ended;
        },
      };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`nginx does not answer; ${folder}/error.log may say why`);
}
