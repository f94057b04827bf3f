import type { ShopEvent } from '../events/event.ts';
import { shopperOf } from '../events/event.ts';
import { featureCatalog } from './catalog.ts';
import type { CountsAdded } from './codec-counts.ts';
import { openShopperCodec } from './codec-shopper.ts';
import { isLogin } from './device-claims.ts';
import type { Applied, EngineSettings, FeatureEngine } from './engine.ts';
import type { Feature } from './feature.ts';
import { openEngine } from './feature-engine.ts';
import { fixedEvent } from './fixed-event.ts';
import { placeEvent } from './place-event.ts';
import type { SharedName } from './shared-states.ts';
import { openSharedStates, type SharedRows, type SharedStates } from './shared-states.ts';
import { foldShop, forgetShopper, holdShopper, shopperMemory, shopperNamed } from './shop-memory.ts';
import { openShopper, rest, type ShopperMemory } from './shopper-memory.ts';
import { shrinkSteps } from './shrink-shopper.ts';

/** What became of an event, as the engine tells it after `apply`. */
export interface Taken {
  readonly applied: Applied;
  readonly shopper: string;
  readonly sessionId?: string | undefined;
  readonly device?: string | undefined;
}

/**
 * An engine whose states are kept elsewhere: they are brought here, folded by the very code of the engine, and taken back. Of what was brought last it
 * answers rows.
 */
export interface Mirror {
  readonly engine: FeatureEngine;
  /** Differs where states mean something else. */
  readonly layout: string;
  readonly series: SharedStates['series'];
  /** Whom folding an event reads and changes, as far as what is at hand says: its shopper, of a login its device, and whoever logged in on that. */
  concerns(event: ShopEvent): readonly string[];
  at(tenant: string, shopper: string): ShopperMemory | undefined;
  /** Brings bytes that `encode` made; none = a shopper never seen. Undefined: the bytes are of another layout. */
  bring(tenant: string, shopper: string, bytes: Uint8Array | undefined): ShopperMemory | undefined;
  hold(tenant: string, memory: ShopperMemory): void;
  forget(tenant: string, shopper: string): void;
  /** At most `maxBytes`: what does not fit is forgotten (see `shrinkSteps`). */
  encode(memory: ShopperMemory, maxBytes: number): Uint8Array;
  /** Folds an event into the histories at hand; its counters are left alone. */
  place(event: ShopEvent): Taken;
  /** Adds what a placed event counts to counters, by name. */
  count(event: ShopEvent, to: Map<SharedName, CountsAdded>): void;
  /** Counts a placed event at hand. */
  countHere(event: ShopEvent): void;
  /** Brings the counters of a shared state; no rows = nothing was counted yet. */
  bringShared(tenant: string, name: SharedName, rows: SharedRows): void;
}

/** Opens a mirror with nothing at hand. For `reorderMs` after its arrival an event handed over again after a failure is known. */
export function openMirror(settings: EngineSettings, catalog: readonly Feature[] = featureCatalog): Mirror {
  const opened = openEngine(settings, catalog);
  const { plan, histories, numbered, allowedLatenessMs, openMs, sessionGapMs } = opened;
  const codec = openShopperCodec(histories, catalog);
  const shared = openSharedStates(plan);
  const linking = { numbered, latenessMs: openMs };

  function hold(tenant: string, memory: ShopperMemory): void {
    opened.lookAgain();
    holdShopper(opened.shopOf(tenant), memory);
  }

  return {
    engine: opened.engine,
    layout: `${codec.layout}-${sessionGapMs.toString(36)}-${openMs.toString(36)}`,
    series: shared.series,
    concerns(event) {
      const own = shopperOf(event);
      const device = event.anonymousId === undefined ? undefined : `a:${event.anonymousId}`;
      const memory = device === undefined ? undefined : shopperNamed(opened.shopOf(event.tenant), device);
      const users = memory?.tail.flatMap(({ userId }) => (userId === undefined ? [] : [`u:${userId}`])) ?? [];
      return [...new Set([own, ...(isLogin(event) ? [device!] : []), ...users])];
    },
    at: (tenant, shopper) => shopperNamed(opened.shopOf(tenant), shopper),
    bring(tenant, shopper, bytes) {
      const number = numbered.shoppers++;
      const memory = bytes === undefined ? openShopper(histories, shopper, number) : codec.decode(bytes, shopper, number);
      if (memory !== undefined) hold(tenant, memory);
      return memory;
    },
    hold,
    forget(tenant, shopper) {
      opened.lookAgain();
      forgetShopper(opened.shopOf(tenant), shopper);
    },
    encode(memory, maxBytes) {
      let bytes = codec.encode(memory);
      for (const shrink of shrinkSteps) {
        if (bytes.length <= maxBytes) break;
        shrink(histories, memory);
        bytes = codec.encode(memory);
      }
      return bytes;
    },
    place(given) {
      const event = fixedEvent(given);
      const shopper = shopperOf(event);
      opened.lookAgain();
      if (event.mark !== undefined) return { applied: 'marked', shopper };
      if (event.receivedAtMs - event.eventTimeMs > allowedLatenessMs) return { applied: 'too_late', shopper };
      const shop = opened.shopOf(event.tenant);
      const memory = shopperMemory(histories, shop, event, numbered);
      rest(histories, memory, event.receivedAtMs, openMs);
      const { applied, sessionId, device } = placeEvent(histories, shop, memory, event, linking);
      return { applied, shopper, sessionId, device };
    },
    count: (event, to) => shared.addEvent(to, event),
    countHere: (event) => void foldShop(plan, opened.shopOf(event.tenant), fixedEvent(event), numbered),
    bringShared(tenant, name, rows) {
      opened.lookAgain();
      shared.hold(opened.shopOf(tenant), name, rows, numbered);
    },
  };
}
