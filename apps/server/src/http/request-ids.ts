import { randomFillSync, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const requestIdForm = /^[A-Za-z0-9._:-]{1,128}$/;
const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The caller's X-Request-Id where it is well formed, a fresh one otherwise: what is not well formed never reaches a log line. */
export function requestIdOf(headers: Readonly<Record<string, unknown>>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
}

const pool = Buffer.alloc(4_096);
let unused = 0;

/** Random bytes as hex. The system is asked for many at a time: each asking costs more than the bytes. None is given out twice. */
function randomHex(bytes: number): string {
  if (unused < bytes) {
    randomFillSync(pool);
    unused = pool.length;
  }
  const hex = pool.toString('hex', unused - bytes, unused);
  unused -= bytes;
  return hex;
}

/** This hop's traceparent (W3C Trace Context): the caller's trace where it is valid, a new one otherwise; always a new span. */
export function traceparentOf(given: unknown, random: (bytes: number) => string = randomHex): string {
  const parts = typeof given === 'string' ? traceparentForm.exec(given) : null;
  const valid = parts !== null && !/^0+$/.test(parts[1]!) && !/^0+$/.test(parts[2]!);
  return `00-${valid ? parts[1] : random(16)}-${random(8)}-${valid ? parts[3] : '00'}`;
}

/** Answers every request with its ids. */
export function answerWithIds(app: FastifyInstance): void {
  app.addHook('onRequest', (request: FastifyRequest, reply, done) => {
    void reply.header('x-request-id', request.id).header('traceparent', traceparentOf(request.headers.traceparent));
    done();
  });
}
