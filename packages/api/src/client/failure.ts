import type { Problem } from '../problem.ts';

/** What went wrong with a request: the server’s problem, or why there was no answer. */
export class TillcastFailure extends Error {
  override readonly name = 'TillcastFailure';
  /** 0 = there was no answer. */
  readonly status: number;
  /** The server’s stable code, or one of ours: NO_CONSENT, NO_ANSWER. */
  readonly code: string;
  readonly problem: Problem | undefined;
  /** The server asked to wait this long, ms. */
  readonly retryAfterMs: number;

  constructor(
    message: string,
    {
      status,
      code,
      problem,
      retryAfterMs = 0,
      cause,
    }: { status: number; code: string; problem?: Problem | undefined; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}
