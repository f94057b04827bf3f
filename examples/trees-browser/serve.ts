// Builds the package and serves this page on loopback: node examples/trees-browser/serve.ts [port]. With the package installed from npm beside it,
// any static server does the same.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, posix } from 'node:path';
import { stageTrees } from '../../packages/trees/pack.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};
const installed = '/node_modules/@tillcast/trees/';

/** What is served, and where. */
export interface PageOptions {
  /** Where the built package lies. */
  readonly packageFolder: string;
  readonly port?: number;
  /** A content policy sent besides the page's own. */
  readonly policy?: string;
}

/** A page that is being served, on loopback. */
export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page, its model and the package; `port` 0, the default, takes a free one. */
export async function servePage({ packageFolder, port = 0, policy }: PageOptions): Promise<ServedPage> {
  const server = createServer((request, response) => {
    try {
      // What a URL's path normalises to never climbs.
      const path = posix.normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname));
      const file = fileOf(path === '/' ? '/index.html' : path, packageFolder);
      const body = readFileSync(file);
      if (policy !== undefined) response.setHeader('content-security-policy', policy);
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function fileOf(path: string, packageFolder: string): string {
  if (path.startsWith(installed)) return join(packageFolder, path.slice(installed.length));
  if (path === '/model.json' || path === '/visit.json') return join(import.meta.dirname, '../trees/generated', path);
  return join(import.meta.dirname, path);
}

if (import.meta.main) {
  const packageFolder = mkdtempSync(join(tmpdir(), 'tillcast-page-'));
  process.once('exit', () => rmSync(packageFolder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(0));
  stageTrees(packageFolder);
  const { url } = await servePage({ packageFolder, port: Number(process.argv[2] ?? 8_642) });
  process.stdout.write(`${url}\n`);
}
