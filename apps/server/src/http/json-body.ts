import type { FastifyInstance } from 'fastify';
import { parseBody } from './parse-json.ts';
import { HttpRefusal } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body may come with `Content-Encoding: gzip`; the route’s own scope unpacks it (`acceptLinesAndGzip`). */
    takesGzip?: boolean;
  }
}

const refuse = (what: string): HttpRefusal =>
  new HttpRefusal('MEDIA_TYPE_UNSUPPORTED', `${what}; send the body as application/json in UTF-8, not compressed`);

function faultOf(headers: Readonly<Record<string, unknown>>, takesGzip: boolean): HttpRefusal | null {
  const { 'content-encoding': encoding, 'content-type': type } = headers as Partial<Record<string, string>>;
  if (encoding !== undefined && encoding !== 'identity' && !(takesGzip && encoding === 'gzip'))
    return refuse(`the content encoding ${JSON.stringify(encoding.slice(0, 40))} is not supported`);
  if (type === undefined || type === 'application/json') return null;
  const charset = /charset\s*=\s*"?([\w.-]+)/i.exec(type)?.[1];
  return charset === undefined || charset.toLowerCase() === 'utf-8' ? null : refuse(`the charset ${charset} is not supported`);
}

/** The only body there is: JSON, in UTF-8, not compressed, within the limits of `json-guard`. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request: unknown, body: Buffer, done) => {
    try {
      done(null, parseBody(body));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    done(faultOf(request.headers, request.routeOptions.config.takesGzip === true), payload);
  });
}
