import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, posix } from 'node:path';

const source = join(import.meta.dirname, '..', '..', '..', 'packages', 'api', 'src');

/** A shop's page with the typed client on it, on loopback; `/v1` is handed on to a server, as a shop's own proxy would. */
export interface ClientPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves an empty page and the client's own files, types stripped, to a browser. */
export async function serveClientPage(serverUrl: () => string): Promise<ClientPage> {
  const page = createServer((asked, answer) => {
    const path = posix.normalize(new URL(asked.url ?? '/', 'http://page').pathname);
    if (path.startsWith('/v1/')) {
      const { hostname, port } = new URL(serverUrl());
      // What the browser says of the page is the proxy's business.
      const { origin: _origin, host: _host, ...headers } = asked.headers;
      const onward = request({ hostname, port, path, method: asked.method, headers }, (theirs) => {
        answer.writeHead(theirs.statusCode ?? 502, theirs.headers);
        theirs.pipe(answer);
      });
      asked.pipe(onward);
    } else if (path.startsWith('/client')) {
      const code = stripTypeScriptTypes(readFileSync(join(source, path), 'utf8'));
      answer.writeHead(200, { 'content-type': 'text/javascript' }).end(code);
    } else {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A shop</title>');
    }
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(page.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        page.closeAllConnections();
        page.close(() => resolve());
      }),
  };
}
