import { TillcastFailure } from './failure.ts';
import { type PostOptions, post, type Wire } from './post.ts';
import { type Backoff, isTransient, retryDelayMs } from './retry.ts';
import type { Sleep } from './sleep.ts';

/** How long a question may take, with all its attempts. */
export interface AskSettings {
  readonly backoff: Backoff;
  readonly sleep: Sleep;
  readonly deadlineMs: number;
  readonly attempts: number;
}

/** Asks until there is an answer, attempts or time run out, or the server says that trying again is of no use. */
export async function ask<T>(
  wire: Wire,
  path: string,
  body: unknown,
  { backoff, sleep, deadlineMs, attempts }: AskSettings,
  { signal: caller, idempotencyKey }: Pick<PostOptions, 'signal' | 'idempotencyKey'>,
): Promise<T> {
  const text = JSON.stringify(body);
  const endsAtMs = wire.now() + deadlineMs;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), deadlineMs);
  const signal = AbortSignal.any([caller, late.signal]);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        return await post<T>(wire, path, text, { signal, idempotencyKey });
      } catch (error) {
        caller.throwIfAborted();
        if (late.signal.aborted)
          throw new TillcastFailure(`there was no answer within ${deadlineMs} ms`, {
            status: 0,
            code: 'NO_ANSWER',
            cause: error,
          });
        if (!(error instanceof TillcastFailure) || (error.status !== 0 && !isTransient(error.status))) throw error;
        const waitMs = retryDelayMs(attempt, backoff, error.retryAfterMs);
        if (attempt + 1 >= attempts || wire.now() + waitMs >= endsAtMs) throw error;
        await sleep(waitMs, signal);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
