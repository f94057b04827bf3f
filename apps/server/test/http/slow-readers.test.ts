import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openAdmission } from '../../src/http/admission.ts';
import { type Deadlines, openTimedServer, usualDeadlines, watchAnswers } from '../../src/http/deadlines.ts';
import { openGate, sendLate } from '../../src/http/shedding.ts';

const hurried = (over: Partial<Deadlines>): Deadlines => ({ ...usualDeadlines, checkEveryMs: 20, ...over });

/** A server whose handler answers `size` bytes, or never. */
async function serve(deadlines: Deadlines, size: number | undefined) {
  const admission = openAdmission({ now: () => performance.now(), afterTurn: setImmediate });
  const gate = openGate((_request, response) => {
    if (size !== undefined) response.end(Buffer.alloc(size));
  }, admission);
  const server = openTimedServer(gate.listener, deadlines);
  watchAnswers(server, gate.underWay, { deadlines, now: () => performance.now(), onLate: sendLate });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, gate, admission, port: (server.address() as { port: number }).port };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('an answer that nobody takes', () => {
  it('is given up with its connection', async () => {
    const { server, gate, admission, port } = await serve(hurried({ answerTakenMs: 100 }), 64 << 20);
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    socket.write('GET /v1/shoppers HTTP/1.1\r\nhost: localhost\r\n\r\n');
    socket.pause();
    await until(() => gate.underWay.size === 1);
    await until(() => gate.underWay.size === 0);
    expect(admission.underWay).toBe(0);
    server.close();
    socket.destroy();
  });

  it('one that is being taken is left alone', async () => {
    const { server, gate, port } = await serve(hurried({ answerTakenMs: 60_000 }), 16 << 20);
    const response = await fetch(`http://127.0.0.1:${port}/v1/shoppers`);
    expect((await response.arrayBuffer()).byteLength).toBe(16 << 20);
    await until(() => gate.underWay.size === 0);
    server.closeAllConnections();
    server.close();
  });
});

describe('a handler that does not come to an end', () => {
  it('is answered for: 503 with Retry-After', async () => {
    const { server, port } = await serve(hurried({ handlerMs: 100 }), undefined);
    const response = await fetch(`http://127.0.0.1:${port}/v1/shoppers`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'DEADLINE_PASSED' });
    server.closeAllConnections();
    server.close();
  });
});
