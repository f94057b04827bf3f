import type { Problem } from '../problem.ts';
import { TillcastFailure } from './failure.ts';
import { parseRetryAfter } from './retry.ts';

/** A bearer token, or where one comes from; asked for before each request, so that it can be renewed. */
export type TokenSource = string | (() => string | Promise<string>);

/** What a request goes out with. */
export interface Wire {
  readonly url: string;
  readonly token: TokenSource | undefined;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** How one request is sent. */
export interface PostOptions {
  readonly signal: AbortSignal;
  readonly idempotencyKey?: string | undefined;
  /** Whether it may outlive its page. */
  readonly keepalive?: boolean;
}

async function headersOf({ token }: Wire, idempotencyKey: string | undefined): Promise<Record<string, string>> {
  const bearer = typeof token === 'function' ? await token() : token;
  return {
    'content-type': 'application/json',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

async function failureOf(response: Response, nowMs: number): Promise<TillcastFailure> {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  return new TillcastFailure(problem?.detail ?? `the server answered ${response.status}`, {
    status: response.status,
    code: problem?.code ?? 'NO_ANSWER',
    problem,
    retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), nowMs),
  });
}

/** Sends one request, once. Rejects with TillcastFailure, or with what aborted it. */
export async function post<T>(
  wire: Wire,
  path: string,
  body: string,
  { signal, idempotencyKey, keepalive = false }: PostOptions,
): Promise<T> {
  const headers = await headersOf(wire, idempotencyKey);
  let response: Response;
  try {
    response = await wire.fetch(`${wire.url}${path}`, { method: 'POST', headers, body, signal, keepalive });
    if (response.ok) return (await response.json()) as T;
  } catch (error) {
    signal.throwIfAborted();
    throw new TillcastFailure('there was no whole answer', { status: 0, code: 'NO_ANSWER', cause: error });
  }
  throw await failureOf(response, wire.now());
}
