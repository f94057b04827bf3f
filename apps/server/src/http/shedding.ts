import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Admission, kindOf, type RequestKind, type ShedReason } from './admission.ts';
import { type Crowd, openCrowd } from './crowd.ts';
import { limits } from './deadlines.ts';
import { type HttpCode, httpCatalog, problem } from './problem.ts';

/** An answer made beforehand. */
interface Refusal {
  readonly status: number;
  readonly headers: string[];
  readonly body: Buffer;
}

function refusalOf(code: HttpCode, detail: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  const body = Buffer.from(JSON.stringify(problem(code, httpCatalog[code], detail)));
  const all = { 'content-type': 'application/problem+json; charset=utf-8', 'content-length': String(body.length), ...headers };
  return { status: httpCatalog[code].status, headers: Object.entries(all).flat(), body };
}

/** What is refused is asked to come back after 1 to 3 seconds, in turn, so that not all come back at once. */
const overloaded: readonly Refusal[] = [1, 2, 3, 1, 3, 2].map((seconds) =>
  refusalOf('OVERLOADED', `more is asked than can be answered in time; try again in ${seconds} s`, {
    'retry-after': String(seconds),
  }),
);
const tooManyHeaders = refusalOf('HEADERS_TOO_LARGE', `a request has at most ${limits.headers} headers`);
const tooLongUrl = refusalOf('URI_TOO_LONG', `an address has at most ${limits.urlBytes} characters`);

function send(response: ServerResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, headers);
  response.end(body);
}

const late = refusalOf('DEADLINE_PASSED', 'the answer was not ready in time; try again in 5 s', { 'retry-after': '5' });

/** Answers for a handler that takes too long; what it says later is dropped. */
export const sendLate = (response: ServerResponse): void => send(response, late);

/** How many were refused, by kind and reason. */
export type ShedCounts = Readonly<Record<Exclude<RequestKind, 'always'>, Record<ShedReason, number>>>;

/** The way into the app. */
export interface Gate {
  readonly listener: RequestListener;
  readonly shed: ShedCounts;
  /** Answers under way: not yet made, or not yet taken by the caller's machine. */
  readonly underWay: Crowd<ServerResponse>;
  /** From now on every answer says that its connection is not kept. */
  readonly closeConnections: () => void;
}

/**
 * Puts an admission before a request listener: what cannot be answered in time is refused before anything else is done for it, with bytes made
 * beforehand. At ten times what can be done nine of ten requests are refused, and what that costs is missing for the tenth.
 */
export function openGate(handle: RequestListener, admission: Admission): Gate {
  const none = (): Record<ShedReason, number> => ({ busy: 0, crowded: 0 });
  const shed: ShedCounts = { predict: none(), ingest: none(), dashboard: none(), batch: none() };
  const underWay = openCrowd<ServerResponse>();
  let turn = 0;
  let isClosing = false;

  function take(request: IncomingMessage, response: ServerResponse): void {
    const place = underWay.enter(response);
    response.once('close', () => {
      underWay.leave(place);
      admission.left();
    });
    handle(request, response);
  }

  return {
    shed,
    underWay,
    closeConnections: () => {
      isClosing = true;
    },
    listener(request, response) {
      if (isClosing) response.shouldKeepAlive = false;
      if (request.rawHeaders.length > 2 * limits.headers) return send(response, tooManyHeaders);
      if (request.url!.length > limits.urlBytes) return send(response, tooLongUrl);
      const kind = kindOf(request.url!);
      const reason = admission.refuses(kind);
      if (reason === undefined) return take(request, response);
      if (kind !== 'always') shed[kind][reason] += 1;
      turn = (turn + 1) % overloaded.length;
      send(response, overloaded[turn]!);
    },
  };
}
