import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What befalls a request on its way: an answer in the server's stead, a cut before or after the server has it, or nothing. */
export type Fate = 'pass' | 'reset' | 'cut' | { readonly status: number; readonly retryAfter?: string };

/** A front of a server that does to each request what the next fate says, and passes when there is none. */
export async function openFlakyFront(target: string) {
  const fates: Fate[] = [];
  const seen: {
    readonly path: string;
    readonly body: string;
    readonly headers: NodeJS.Dict<string | string[]>;
    readonly atMs: number;
  }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      seen.push({ path: request.url!, body: String(body), headers: request.headers, atMs: performance.now() });
      const fate = fates.shift() ?? 'pass';
      if (fate === 'reset') return request.socket.resetAndDestroy();
      if (typeof fate === 'object') {
        const problem = { type: 'urn:x', title: 'x', status: fate.status, detail: `planted ${fate.status}`, code: 'PLANTED' };
        response.writeHead(fate.status, {
          'content-type': 'application/problem+json',
          ...(fate.retryAfter === undefined ? {} : { 'retry-after': fate.retryAfter }),
        });
        return response.end(JSON.stringify(problem));
      }
      const { headers, method, url } = request;
      const onward = forward(`${target}${url}`, { method, headers: { ...headers, host: new URL(target).host } }, (answer) => {
        if (fate === 'cut') return answer.resume().once('end', () => request.socket.resetAndDestroy());
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fates,
    seen,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
