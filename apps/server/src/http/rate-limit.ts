import type { Limiter, LimitPolicy, LimitVerdict } from '@tillcast/core/ports/limiter';
import type { FastifyReply } from 'fastify';
import { HttpRefusal } from './problem.ts';

/** The headers of one verdict: the draft of the IETF (RateLimit, RateLimit-Policy), and the older trio that most clients read. */
export function limitHeaders(policy: LimitPolicy, { remaining, resetMs }: LimitVerdict): Readonly<Record<string, string>> {
  const windowSeconds = Math.max(1, Math.round(policy.windowMs / 1_000));
  const resetSeconds = String(Math.ceil(resetMs / 1_000));
  return {
    'ratelimit-policy': `"${policy.name}";q=${policy.burst};w=${windowSeconds}`,
    ratelimit: `"${policy.name}";r=${remaining};t=${resetSeconds}`,
    'x-ratelimit-limit': String(policy.burst),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': resetSeconds,
  };
}

/** The whole seconds to wait: at least one, and never earlier than true. */
const retryAfter = ({ retryAfterMs }: LimitVerdict): string => String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));

function apply(policy: LimitPolicy, verdict: LimitVerdict, reply: FastifyReply): void {
  void reply.headers(limitHeaders(policy, verdict));
  if (verdict.allowed) return;
  const seconds = retryAfter(verdict);
  throw new HttpRefusal(
    'RATE_LIMITED',
    `this credential may ask ${policy.limit} times in ${policy.windowMs / 1_000} s; try again in ${seconds} s`,
    { headers: { 'retry-after': seconds } },
  );
}

/** Counts a request of a credential, and raises RATE_LIMITED where it asks too often. Answers a promise only where the count is kept elsewhere. */
export function limitCaller(limiter: Limiter, credential: string, reply: FastifyReply): void | Promise<void> {
  const verdict = limiter.take(credential);
  if (verdict instanceof Promise) return verdict.then((late) => apply(limiter.policy, late, reply));
  return apply(limiter.policy, verdict, reply);
}
