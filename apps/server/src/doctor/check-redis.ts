import { bytesInWords, type Finding, finding } from './finding.ts';

/** What a Redis says of itself, and what it will need. */
export interface RedisAsked {
  readonly version: string;
  readonly maxMemory: number;
  readonly policy: string;
  readonly usedBytes: number;
  readonly role: string;
  readonly timeMs: number;
  readonly roundTripUs: number;
}

const oldest = [7, 0] as const;
/** Retries and erasures are told apart by clocks; tokens allow a minute. */
const skewMs = { warn: 1_000, fail: 60_000 } as const;
const slowUs = 5_000;

/** Whether a Redis is fit to keep states: its version, what it does when it is full, its role, its clock, its distance. */
export function checkRedis(asked: RedisAsked, nowMs: number): readonly Finding[] {
  const { version, maxMemory, policy, usedBytes, role, timeMs, roundTripUs } = asked;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  const awayMs = Math.round(Math.abs(timeMs - nowMs));
  const bound = maxMemory === 0 ? 'no bound' : bytesInWords(maxMemory);
  return [
    finding(
      'redis version',
      `Redis ${version}`,
      isOld ? { status: 'fail', remedy: `${oldest.join('.')} or newer is needed` } : undefined,
    ),
    finding(
      'redis memory policy',
      `maxmemory-policy is ${policy}`,
      policy === 'noeviction'
        ? undefined
        : {
            status: 'fail',
            remedy:
              'it throws states out in silence when it is full, and answers would be wrong without saying so: set noeviction',
          },
    ),
    finding(
      'redis memory',
      `${bytesInWords(usedBytes)} used of ${bound}`,
      maxMemory === 0
        ? { status: 'warn', remedy: 'without maxmemory it grows until the machine ends it: set it to what is advised below' }
        : usedBytes > 0.8 * maxMemory
          ? { status: 'warn', remedy: 'when it is full, states are no longer kept and answers say "state": raise maxmemory' }
          : undefined,
    ),
    finding(
      'redis role',
      `it is the ${role}`,
      role === 'master' ? undefined : { status: 'fail', remedy: 'a replica takes no writes: REDIS_URL must name the primary' },
    ),
    checkClock('redis clock', awayMs),
    finding(
      'redis distance',
      `a question and its answer take ${roundTripUs} µs`,
      roundTripUs > slowUs
        ? { status: 'warn', remedy: 'each prediction waits for it once, at most 20 ms: bring it nearer' }
        : undefined,
    ),
  ];
}

/** Whether two clocks agree well enough. */
export const checkClock = (check: string, awayMs: number): Finding =>
  finding(
    check,
    `its clock and ours are ${awayMs} ms apart`,
    awayMs < skewMs.warn
      ? undefined
      : {
          status: awayMs < skewMs.fail ? 'warn' : 'fail',
          remedy: 'let both follow the same time servers (chrony, systemd-timesyncd)',
        },
  );
