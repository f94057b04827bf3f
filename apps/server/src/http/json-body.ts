import type { FastifyInstance } from 'fastify';
import { parseBody } from './json-guard.ts';
import { HttpRefusal } from './problem.ts';

const refuse = (what: string): HttpRefusal =>
  new HttpRefusal('MEDIA_TYPE_UNSUPPORTED', `${what}; send the body as application/json in UTF-8, not compressed`);

/** The only body there is: JSON, in UTF-8, not compressed, within the limits of `json-guard`. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parseBody(body));
  app.addHook('preParsing', async (request) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw refuse(`the content encoding ${JSON.stringify(encoding.slice(0, 40))} is not supported`);
    const charset = /charset\s*=\s*"?([\w.-]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && charset.toLowerCase() !== 'utf-8') throw refuse(`the charset ${charset} is not supported`);
  });
}
