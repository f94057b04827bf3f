import { pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { limits } from './deadlines.ts';
import { HttpRefusal } from './problem.ts';

/** Up to here a body may be packed as tightly as it likes. */
const freeBytes = 1 << 20;
/** Events in JSON pack about twentyfold; what unpacks to far more was made to. */
const maxRatio = 100;

const tooLarge = (detail: string): HttpRefusal => new HttpRefusal('PAYLOAD_TOO_LARGE', detail);

/** Lets bytes through and counts them; the one over the limit ends the stream. */
function countingStream(maxBytes: number, packedBytes: () => number | undefined): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const packed = packedBytes();
      if (bytes > maxBytes) done(tooLarge(`a body holds at most ${maxBytes} bytes, unpacked: send less at once`));
      else if (packed !== undefined && bytes > freeBytes && bytes > maxRatio * packed)
        done(tooLarge(`the body unpacks to more than ${maxRatio} times its size: send it less tightly packed, or plain`));
      else done(null, chunk);
    },
  });
}

/** What ends a stream early, as the caller is told it. */
const readable = (error: NodeJS.ErrnoException): Error => {
  if (error instanceof HttpRefusal) return error;
  if (error.code?.startsWith('Z_'))
    return new HttpRefusal('BODY_MALFORMED', `the gzip stream is damaged or cut off (${error.message}); pack it anew`);
  return new HttpRefusal('BODY_MALFORMED', 'the connection broke off before the body was whole');
};

/** A body as it was meant: unpacked where it is gzip, and at most `maxBytes` of it, counted unpacked. Its `receivedEncodedLength` counts packed. */
export function unpacked(payload: Readable, isPacked: boolean, maxBytes: number): Readable {
  let received = 0;
  const counting = countingStream(maxBytes, () => (isPacked ? received : undefined));
  payload.on('data', (chunk: Buffer) => {
    received += chunk.length;
    Object.assign(counting, { receivedEncodedLength: received });
  });
  const end = (error: NodeJS.ErrnoException | null): void => void (error !== null && counting.destroy(readable(error)));
  if (!isPacked) pipeline(payload, counting, () => {});
  else {
    const gunzip = createGunzip();
    gunzip.once('error', end);
    pipeline(payload, gunzip, counting, () => {});
  }
  payload.once('error', end);
  return counting;
}

/** Reads bodies of this scope as JSON or as lines of JSON, either packed with gzip; lines arrive as a stream, in the order and at the speed they are read. */
export function acceptLinesAndGzip(scope: FastifyInstance, { maxLineBytes }: { maxLineBytes: number }): void {
  scope.addHook('preParsing', async (request, _reply, payload) => {
    const isPacked = request.headers['content-encoding'] === 'gzip';
    const isLines = /^application\/x-ndjson\b/i.test(request.headers['content-type'] ?? '');
    if (!isPacked && !isLines) return payload;
    return unpacked(payload as Readable, isPacked, isLines ? maxLineBytes : limits.bodyBytes);
  });
  scope.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));
}
