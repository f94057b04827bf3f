import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/**
 * What is known of work that failed.
 * `refused`: the server said no, and nothing of it was done. `lost`: no answer came in time or the connection ended, so it may have been done or not.
 * `unsent`: it never reached the server.
 */
export type RedisFate = 'refused' | 'lost' | 'unsent';

/** Redis did not do what it was asked to: STORE_UNAVAILABLE with what is known of it. */
export class RedisFailure extends TillcastError<'STORE_UNAVAILABLE'> {
  readonly fate: RedisFate;

  constructor(fate: RedisFate, detail: string, options?: ErrorOptions) {
    super('STORE_UNAVAILABLE', detail, options);
    this.fate = fate;
  }
}

/** What to do about the errors that Redis names by their first word. */
const remedies: Readonly<Record<string, string>> = {
  OOM: 'raise maxmemory, or keep less (tillcast doctor forecasts what is needed)',
  READONLY: 'this is a replica: REDIS_URL must name the primary',
  LOADING: 'it reads its data in and will answer soon',
  NOAUTH: 'REDIS_URL must hold the password: redis://user:password@host:port',
  WRONGPASS: 'the password in REDIS_URL is not the server’s',
  NOPERM: 'grant the user of REDIS_URL what docs/guides/scale.md lists',
  MISCONF: 'it cannot write its snapshot: look at its disk',
  CROSSSLOT: 'the keys of one call lie in several slots of the cluster',
};

/** Redis’s own word for an error it answered, such as `OOM`; undefined where the error is not the server's. */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0];
}

/** Any error of the driver as a failure; what is one already stays as it is. */
export function redisFailureOf(error: unknown): RedisFailure {
  if (error instanceof RedisFailure) return error;
  const said = error instanceof Error ? error.message : String(error);
  const code = replyCode(error);
  if (code === undefined) return new RedisFailure('lost', `the connection to Redis ended: ${said}`, { cause: error });
  const remedy = remedies[code] === undefined ? '' : `; ${remedies[code]}`;
  return new RedisFailure('refused', `Redis refused: ${said}${remedy}`, { cause: error });
}
