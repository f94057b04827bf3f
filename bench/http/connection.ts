import { connect, type Socket } from 'node:net';

/** What came back: the status, the head's text, and how many bytes the body has. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly bodyBytes: number;
  /** Only where asked for. */
  readonly body: string | undefined;
}

/** One keep-alive connection with one request under way at a time. It parses just enough of HTTP/1.1 to cost the machine little. */
export interface Connection {
  /** Sends a whole request; `done` gets the answer, or undefined when the connection broke first. */
  ask(request: Buffer, done: (answer: Answer | undefined) => void): void;
  readonly isOpen: boolean;
  close(): void;
}

export interface ConnectionSettings {
  readonly port: number;
  readonly host?: string;
  readonly keepBodies?: boolean;
  /** An answer that takes longer breaks the connection, ms. */
  readonly timeoutMs?: number;
}

const headEnd = Buffer.from('\r\n\r\n');
const lengthIn = /\r\ncontent-length: *(\d+)/i;
const closesIn = /\r\nconnection: *close/i;

interface Head {
  readonly text: string;
  readonly status: number;
  readonly bodyFrom: number;
  readonly bodyBytes: number;
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end);
  return { text, status: Number(text.slice(9, 12)), bodyFrom: end + 4, bodyBytes: Number(lengthIn.exec(text)?.[1] ?? 0) };
}

/** Opens a connection; it connects at once, and what is asked meanwhile waits in the socket. */
export function openConnection({
  port,
  host = '127.0.0.1',
  keepBodies = false,
  timeoutMs = 30_000,
}: ConnectionSettings): Connection {
  const socket: Socket = connect({ port, host, noDelay: true });
  let waiting: ((answer: Answer | undefined) => void) | undefined;
  let received: Buffer | undefined;
  let isOpen = true;

  function broke(): void {
    isOpen = false;
    socket.destroy();
    const done = waiting;
    waiting = undefined;
    done?.(undefined);
  }

  function read(chunk: Buffer): void {
    received = received === undefined ? chunk : Buffer.concat([received, chunk]);
    const head = readHead(received);
    if (head === undefined || received.length < head.bodyFrom + head.bodyBytes) return;
    const body = keepBodies ? received.toString('utf8', head.bodyFrom, head.bodyFrom + head.bodyBytes) : undefined;
    received = undefined;
    if (closesIn.test(head.text)) {
      isOpen = false;
      socket.end();
    }
    const done = waiting;
    waiting = undefined;
    done?.({ status: head.status, head: head.text, bodyBytes: head.bodyBytes, body });
  }

  socket.on('data', read).on('error', broke).on('close', broke);
  socket.setTimeout(timeoutMs, () => {
    if (waiting !== undefined) broke();
  });
  return {
    ask(request, done) {
      waiting = done;
      if (isOpen) socket.write(request);
      else broke();
    },
    get isOpen() {
      return isOpen;
    },
    close: () => {
      isOpen = false;
      socket.destroy();
    },
  };
}

/** A whole POST of a JSON body, as bytes. */
export function postBytes(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${lines.join('')}`;
  return Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** A whole GET, as bytes. */
export const getBytes = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
