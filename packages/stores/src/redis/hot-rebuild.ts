import { randomBytes } from 'node:crypto';
import type { ShopEvent } from '@tillcast/core/events/event';
import type { Mirror } from '@tillcast/core/features/mirror';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { RedisFailure } from './failure.ts';
import type { HotKeys } from './hot-keys.ts';
import { type Lane, type LaneParts, openLane } from './lane.ts';
import type { RedisLink } from './redis-link.ts';
import { defineScript, runScript } from './run-script.ts';

/** What folding anew stands on. */
export interface RebuildParts {
  readonly link: RedisLink;
  readonly log: Pick<EventLog, 'read'>;
  readonly now: () => number;
  /** A mirror with nothing at hand, for this work alone. */
  readonly openMirror: () => Mirror;
  readonly keysOf: (tenant: string) => HotKeys;
  readonly lane: Pick<LaneParts, 'keptMs' | 'maxShopperBytes'>;
  /** How long after their arrival events handed over again are still known, ms. */
  readonly retryMs: number;
}

/** Whoever builds renews this; whoever dies lets go by it. */
const buildingMs = 15_000;
/** Clocks of processes may differ, and a commit may come late: so far back events are read again. */
export const overlapMs = 60_000;
/** What one call of this work may take: it waits for nobody's answer. */
export const patienceMs = 5_000;
const batch = 512;

const renewScript = defineScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);
const switchScript = defineScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local before = redis.call('GET', KEYS[2]) or ''
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return before
`);
const letGoScript = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

/** The events of a tenant that were received from a moment on, in the order in which they became knowable. */
export async function* receivedFrom(
  log: Pick<EventLog, 'read'>,
  tenant: string,
  fromMs: number,
  latenessMs: number,
): AsyncGenerator<ShopEvent[]> {
  const query = fromMs === Number.NEGATIVE_INFINITY ? {} : { fromMs: Math.max(0, fromMs - latenessMs) };
  for await (const events of log.read({ ...query, tenant, order: 'knowable', batch })) {
    const recent = events.filter(({ receivedAtMs }) => receivedAtMs >= fromMs);
    if (recent.length > 0) yield recent;
  }
}

/**
 * Folds a tenant's states anew from the log into an epoch of their own, and makes that the current one. Answers false where another process is at it.
 * Events go on arriving meanwhile. Until the switch they are in the log, where the last passes find them; from the switch on, whoever hands one over is
 * told of the new epoch and hands it over there. What both do is done once, because an event that is there already is known by its place.
 */
export async function rebuild(parts: RebuildParts, tenant: string, latenessMs: number): Promise<boolean> {
  const { link, now, retryMs } = parts;
  const keys = parts.keysOf(tenant);
  const epoch = randomBytes(6).toString('hex');
  const taken = await link.run((redis) => redis.set(keys.building, epoch, 'PX', buildingMs, 'NX'), patienceMs);
  if (taken !== 'OK') return false;
  const renewing = setInterval(() => {
    link.run((redis) => runScript(redis, renewScript, [keys.building], [epoch, buildingMs])).catch(() => {});
  }, buildingMs / 5);
  renewing.unref();
  const laneBehind = (guard: string): Lane =>
    openLane({ ...parts.lane, link, tenant, keys, epoch, guard, mirror: parts.openMirror(), budgetMs: patienceMs });
  const pass = async (lane: Lane, fromMs: number): Promise<void> => {
    for await (const events of receivedFrom(parts.log, tenant, fromMs, latenessMs))
      await lane.hand(events, { done: new Map(), atHand: new Map() });
  };

  try {
    const building = laneBehind(keys.building);
    let fromMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      const startedAtMs = now();
      await pass(building, fromMs);
      fromMs = startedAtMs - overlapMs;
      if (now() - startedAtMs < retryMs / 4) break;
    }
    const before = await link.run(
      (redis) => runScript(redis, switchScript, [keys.building, keys.epoch], [epoch, parts.lane.keptMs]),
      patienceMs,
    );
    if (!Buffer.isBuffer(before)) throw new RedisFailure('refused', 'another process has begun to fold the hot state anew');
    await pass(laneBehind(keys.epoch), fromMs);
    if (before.length > 0) await removeEpoch(link, keys.allOf(before.toString()));
    return true;
  } finally {
    clearInterval(renewing);
    await link.run((redis) => runScript(redis, letGoScript, [keys.building], [epoch]), patienceMs).catch(() => {});
  }
}

/** Gives back the memory of an epoch that nobody reads any more, a little at a time. */
async function removeEpoch(link: RedisLink, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, found] = await link.run((redis) => redis.scan(cursor, 'MATCH', pattern, 'COUNT', 500), patienceMs);
    if (found.length > 0) await link.run((redis) => redis.unlink(...found), patienceMs);
    cursor = next;
  } while (cursor !== '0');
}
