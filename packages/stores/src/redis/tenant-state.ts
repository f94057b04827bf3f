import type { ShopEvent } from '@tillcast/core/events/event';
import type { Mirror } from '@tillcast/core/features/mirror';
import type { SharedName } from '@tillcast/core/features/shared-states';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { RedisFailure } from './failure.ts';
import { openHandingOver } from './handing-over.ts';
import type { HotKeys } from './hot-keys.ts';
import { overlapMs, patienceMs, rebuild, receivedFrom } from './hot-rebuild.ts';
import { type LaneApart, refoldShoppers } from './hot-refold.ts';
import { openWriters } from './hot-writers.ts';
import { EpochMoved, type Lane, type Outcome, openLane } from './lane.ts';
import type { RedisLink } from './redis-link.ts';

export interface TenantStateParts {
  readonly link: RedisLink;
  readonly mirror: Mirror;
  readonly tenant: string;
  readonly keysOf: (tenant: string) => HotKeys;
  readonly openMirror: () => Mirror;
  /** Absent until the service has named it. */
  readonly log: () => Pick<EventLog, 'read'> | undefined;
  readonly outcomes: WeakMap<ShopEvent, Outcome>;
  readonly now: () => number;
  readonly latenessMs: number;
  readonly retryMs: number;
  readonly keptMs: number;
  readonly maxShopperBytes: number;
  readonly maxWaiting: number;
  readonly tellEveryMs: number;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** The states of one tenant as this process takes part in them. */
export interface TenantState {
  take(events: readonly ShopEvent[]): Promise<void>;
  /** Folds an event at hand at once, and hands it over later. */
  keep(event: ShopEvent): void;
  /** Brings what is asked for; false = it is not, or not all, what is known by now. */
  look(shoppers: readonly string[], names: readonly SharedName[]): Promise<boolean>;
  start(): Promise<void>;
  forget(shopper: string): Promise<void>;
  refold(shoppers: readonly string[]): Promise<void>;
  letGo(shoppers: readonly string[], erasedUntilMs?: number): Promise<void>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** How long the start waits for Redis before it goes on without. */
const startMs = 5_000;
/** Failures to fold anew after which it goes on without as well; it is tried again later. */
const startFailures = 5;
const pollMs = 20;
const retryRebuildMs = 250;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens the states of a tenant. */
export function openTenantState(parts: TenantStateParts): TenantState {
  const { link, mirror, tenant, now, keptMs, maxShopperBytes, retryMs, onTrouble } = parts;
  const keys = parts.keysOf(tenant);
  const writers = openWriters(link, keys, keptMs, now);
  const laneParts = { link, tenant, keys, guard: keys.epoch, keptMs, maxShopperBytes };
  let lane: Lane | undefined;
  let rebuilding: Promise<void> | undefined;
  /** Redis lacks events that nobody will hand over any more: only folding anew brings them in. */
  let isLacking = false;
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;
  /** Times in a row that folding anew failed. */
  let failures = 0;

  /** The lane of the current epoch; rejects where there is none. */
  async function currentLane(): Promise<Lane> {
    if (lane !== undefined) return lane;
    const epoch = await link.run((redis) => redis.get(keys.epoch));
    if (epoch === null) throw new EpochMoved(undefined);
    // From the first event on, others will look for what this process might leave behind.
    await writers.tell(now());
    lane ??= openLane({ ...laneParts, mirror, epoch });
    return lane;
  }

  async function inEpoch(work: (lane: Lane) => Promise<void>): Promise<void> {
    for (let isAgain = false; ; isAgain = true) {
      let tried: Lane | undefined;
      try {
        tried = await currentLane();
        return await work(tried);
      } catch (error) {
        if (!(error instanceof EpochMoved)) throw error;
        if (lane === tried) lane = undefined;
        if (error.now === undefined) foldAnew();
        if (error.now === undefined || isAgain) throw error;
      }
    }
  }

  const handing = openHandingOver({
    ...{ mirror, outcomes: parts.outcomes, inEpoch, maxWaiting: parts.maxWaiting },
    isUp: () => link.isUp,
    openAside: ({ epoch }) => openLane({ ...laneParts, mirror: parts.openMirror(), epoch }),
    doubt: (shopper) => lane?.doubt(shopper),
    isTooOld: (event) => now() - event.receivedAtMs > retryMs,
    onGivenUp(why) {
      onTrouble(new RedisFailure('unsent', why), 'the hot state is folded anew from the log');
      isLacking = true;
      foldAnew();
    },
    onTrouble: (error) => onTrouble(error, 'the hot state takes no events for now; answers go on with what is at hand'),
  });

  function foldAnew(): void {
    const log = parts.log();
    if (log === undefined || isClosed) return;
    clearTimeout(retry);
    rebuilding ??= rebuild({ ...parts, log, lane: { keptMs, maxShopperBytes } }, tenant, parts.latenessMs)
      .then(async (isOurs) => {
        if (isOurs) {
          isLacking = false;
          failures = 0;
          lane = undefined;
        } else await rest(pollMs);
      })
      .catch(async (error: unknown) => {
        failures += 1;
        if (link.isUp) onTrouble(error, 'the hot state could not be folded anew; it is tried again');
        await rest(pollMs);
      })
      .finally(() => {
        rebuilding = undefined;
        handing.go();
        if (isLacking && !isClosed) retry = setTimeout(foldAnew, retryRebuildMs).unref();
      });
  }

  async function isHeld(shoppers: readonly string[]): Promise<boolean> {
    const epoch = await link.run((redis) => redis.get(keys.epoch), patienceMs);
    if (epoch === null || shoppers.length === 0) return false;
    return (await link.run((redis) => redis.exists(shoppers.map((shopper) => keys.shopper(epoch, shopper))), patienceMs)) > 0;
  }

  async function refold(shoppers: readonly string[]): Promise<void> {
    const log = parts.log();
    if (log === undefined) return;
    await handing.rest();
    await link.ready(patienceMs);
    const laneApart = async (): Promise<LaneApart> => {
      const epoch = await link.run((redis) => redis.get(keys.epoch), patienceMs);
      if (epoch === null) throw new EpochMoved(undefined);
      const apart = parts.openMirror();
      return { mirror: apart, lane: openLane({ ...laneParts, mirror: apart, epoch, budgetMs: patienceMs }) };
    };
    await refoldShoppers({ from: { log, tenant }, link, keys, laneApart, openMirror: parts.openMirror }, shoppers);
  }

  /** Says how far this process has come, and hands over what one that is gone left behind. */
  async function lookAfterOthers(): Promise<void> {
    const log = parts.log();
    if (isLacking) foldAnew();
    if (lane === undefined || log === undefined) return;
    for (const lost of await writers.tell(handing.oldest()?.receivedAtMs ?? now())) {
      if (now() - lost.idleAtMs > retryMs / 2) {
        isLacking = true;
        foldAnew();
      } else {
        for await (const events of receivedFrom(log, tenant, lost.idleAtMs - overlapMs, parts.latenessMs))
          await handing.take(events);
      }
      await rebuilding;
      if (!isLacking && !handing.isTroubled) await writers.settle(lost);
    }
  }
  const telling =
    parts.tellEveryMs === 0 ? undefined : setInterval(() => void lookAfterOthers().catch(() => {}), parts.tellEveryMs);
  telling?.unref();

  return {
    take: handing.take,
    keep: handing.keep,
    async look(shoppers, names) {
      try {
        await inEpoch((current) => current.bring(shoppers, names, handing.withheld()));
        return !handing.isTroubled && !isLacking;
      } catch {
        return false;
      }
    },
    async start() {
      await link.ready(startMs).catch((error: unknown) => onTrouble(error, 'the service starts without Redis'));
      while (link.isUp && lane === undefined && failures < startFailures) {
        await inEpoch(async () => {}).catch(() => {});
        await rebuilding;
      }
      await lookAfterOthers().catch((error: unknown) => onTrouble(error, 'what lost processes left behind is looked for later'));
    },
    async forget(shopper) {
      handing.forget(shopper);
      mirror.forget(tenant, shopper);
      // Nobody waits for this by the millisecond, and it must be done.
      await link.ready(patienceMs);
      const epochs = await link.run((redis) => redis.mget(keys.epoch, keys.building), patienceMs);
      for (const epoch of epochs)
        if (epoch !== null) await link.run((redis) => redis.unlink(keys.shopper(epoch, shopper)), patienceMs);
    },
    refold,
    async letGo(shoppers, erasedUntilMs) {
      for (const shopper of shoppers) {
        if (erasedUntilMs !== undefined) handing.forget(shopper, erasedUntilMs);
        mirror.forget(tenant, shopper);
      }
      if (erasedUntilMs === undefined) return;
      await handing.rest();
      await link.ready(patienceMs);
      // There again: something of them was handed over after it was erased, or they are back.
      if (await isHeld(shoppers)) await refold(shoppers);
    },
    async settled() {
      while (!isClosed && (handing.oldest() !== undefined || handing.isTroubled || rebuilding !== undefined || isLacking)) {
        handing.go();
        await rebuilding;
        await rest(2);
      }
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(telling);
      clearTimeout(retry);
      if (handing.oldest() === undefined && lane !== undefined && link.isUp) await writers.leave().catch(() => {});
      handing.close();
      await rebuilding;
    },
  };
}
