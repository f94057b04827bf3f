import type { ShopEvent } from '@tillcast/core/events/event';
import type { EngineSettings, FeatureEngine, Question } from '@tillcast/core/features/engine';
import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openMirror } from '@tillcast/core/features/mirror';
import { namesAbout } from '@tillcast/core/features/shared-states';
import type { EventLog } from '@tillcast/core/ports/event-log';
import { type Freshness, type HotState, REORDER_MS } from '@tillcast/core/ports/hot-state';
import { hotKeys } from './hot-keys.ts';
import type { Outcome } from './lane.ts';
import type { RedisLink } from './redis-link.ts';
import { openTenantState, type TenantState } from './tenant-state.ts';

export interface RedisHotStateSettings {
  readonly engine: EngineSettings;
  /** Wall clock, ms: that of `receivedAtMs`. */
  readonly now: () => number;
  /** How long a state is kept for whom nobody comes; default 35 days. */
  readonly keptMs?: number;
  /** Bytes of one shopper at most; default 64 Ki. */
  readonly maxShopperBytes?: number;
  /** Events that wait for Redis to come back, at most; beyond it the states are folded anew from the log. Default 50,000. */
  readonly maxWaiting?: number;
  /** For how long after its arrival an event handed over again is surely known; default 15 minutes. */
  readonly retryMs?: number;
  /** How often a process tells that it is alive; default 5 s, 0 = only when told. */
  readonly tellEveryMs?: number;
  /** Told of what went wrong and stops nothing. */
  readonly onTrouble?: (error: unknown, what: string) => void;
}

/** Shoppers, and items, at hand in one process. */
const mirrored = { maxShoppers: 20_000, maxItems: 50_000 } as const;

/** Keeps the states in Redis, for all processes that share it (docs/adr/0015-hot-state.md). `link` is the caller's to close. */
export function redisHotState(link: RedisLink, settings: RedisHotStateSettings): HotState {
  const { retryMs = REORDER_MS, keptMs = 35 * 86_400_000, maxShopperBytes = 65_536 } = settings;
  // What is at hand is bounded in numbers here: it is held while it is taken to Redis and back, and must not be packed meanwhile.
  const { memoryBytes: _, ...engineSettings } = settings.engine;
  const open = () => openMirror({ ...engineSettings, ...mirrored, reorderMs: retryMs });
  const mirror = open();
  const outcomes = new WeakMap<ShopEvent, Outcome>();
  const tenants = new Map<string, TenantState>();
  let log: Pick<EventLog, 'read'> | undefined;
  let last: Outcome | undefined;
  /** Before the place is restored: an engine that is handed the whole log, and then forgotten. */
  let replaying: FeatureEngine | undefined = openFeatureEngine(settings.engine);

  function tenantOf(name: string): TenantState {
    const known = tenants.get(name);
    if (known !== undefined) return known;
    const state = openTenantState({
      ...{ link, mirror, outcomes, retryMs, keptMs, maxShopperBytes, tenant: name, openMirror: open, log: () => log },
      keysOf: (tenant) => hotKeys(mirror.layout, tenant),
      now: settings.now,
      latenessMs: settings.engine.allowedLatenessMs ?? 3_600_000,
      maxWaiting: settings.maxWaiting ?? 50_000,
      tellEveryMs: settings.tellEveryMs ?? 5_000,
      onTrouble: settings.onTrouble ?? (() => {}),
    });
    tenants.set(name, state);
    return state;
  }

  const engine: FeatureEngine = {
    ...mirror.engine,
    apply(event) {
      if (replaying !== undefined) {
        const applied = replaying.apply(event);
        const { appliedShopper = '', appliedSessionId, appliedDevice } = replaying;
        last = { applied, shopper: appliedShopper, sessionId: appliedSessionId, device: appliedDevice };
        return applied;
      }
      if (!outcomes.has(event)) tenantOf(event.tenant).keep(event);
      last = outcomes.get(event)!;
      if ('poison' in last) throw last.poison;
      return last.applied;
    },
    get appliedSessionId() {
      return of(last)?.sessionId;
    },
    get appliedDevice() {
      return of(last)?.device;
    },
    get appliedShopper() {
      return of(last)?.shopper;
    },
    get appliedShopperNumber() {
      return undefined;
    },
    get appliedItemNumber() {
      return undefined;
    },
  };

  async function look(questions: readonly Question[]): Promise<Freshness> {
    const byTenant = Map.groupBy(questions, ({ tenant }) => tenant ?? 'default');
    const fresh = await Promise.all(
      [...byTenant].map(([tenant, asked]) =>
        tenantOf(tenant).look([...new Set(asked.map(({ shopper }) => shopper))], [...new Set(asked.flatMap(namesAbout))]),
      ),
    );
    return fresh.every((one) => one) ? 'current' : 'last_known';
  }

  return {
    engine,
    isShared: true,
    async take(events) {
      await Promise.all([...Map.groupBy(events, ({ tenant }) => tenant)].map(([tenant, own]) => tenantOf(tenant).take(own)));
    },
    look,
    async restore(given) {
      replaying = undefined;
      log = given;
      await tenantOf('default').start();
    },
    forget: (tenant, shopper) => tenantOf(tenant).forget(shopper),
    refold: (tenant, shoppers) => tenantOf(tenant).refold(shoppers),
    letGo: (tenant, shoppers, erasedUntilMs) => tenantOf(tenant).letGo(shoppers, erasedUntilMs),
    async settled() {
      await Promise.all([...tenants.values()].map((tenant) => tenant.settled()));
    },
    async close() {
      await Promise.all([...tenants.values()].map((tenant) => tenant.close()));
    },
  };
}

const of = (outcome: Outcome | undefined) => (outcome === undefined || 'poison' in outcome ? undefined : outcome);
