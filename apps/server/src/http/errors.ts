import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpCode, HttpRefusal, httpCatalog, problem, problemOf } from './problem.ts';

const contentType = 'application/problem+json; charset=utf-8';
const retryAfterSeconds = '5';
const knownMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const answer = problemOf(error);
  if (answer.status >= 500) request.log.error({ err: error, requestId: request.id }, 'request failed');
  if (error instanceof HttpRefusal) void reply.headers(error.headers);
  if (answer.status === 503) void reply.header('retry-after', retryAfterSeconds);
  // What fails before the hooks ran has no id on it yet.
  if (!reply.hasHeader('x-request-id')) void reply.header('x-request-id', request.id);
  void reply
    .code(answer.status)
    .type(contentType)
    .serializer(JSON.stringify)
    .send({ ...answer, instance: `urn:tillcast:request:${request.id}` });
}

/** Every error leaves as `application/problem+json`, with the request's id. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    const allowed = knownMethods.filter((method) => app.hasRoute({ method, url: path }));
    const refusal =
      allowed.length > 0
        ? new HttpRefusal('METHOD_NOT_ALLOWED', `${request.method} is not possible here; ${allowed.join(', ')} is`, {
            headers: { allow: allowed.join(', ') },
          })
        : new HttpRefusal('ROUTE_NOT_FOUND', `there is no ${request.method} ${path.slice(0, 200)}; /docs lists what there is`);
    sendProblem(refusal, request, reply);
  });
}

/** The same for what fails before a route is known. */
export const answerFrameworkError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void =>
  sendProblem(error, request, reply);

const socketCodes: Readonly<Record<string, HttpCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** The same for what is not even HTTP: written to the socket by hand, which is then closed. */
export function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code = socketCodes[error.code ?? ''] ?? 'BODY_MALFORMED';
  const { status, title } = httpCatalog[code];
  const body = JSON.stringify(problem(code, httpCatalog[code], title));
  socket.end(
    `HTTP/1.1 ${status} ${title.replaceAll('’', "'")}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
