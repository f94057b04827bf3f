import { TillcastError } from '../errors/tillcast-error.ts';
import type { ShopEvent } from '../events/event.ts';
import { defaultSessionGapMs } from '../events/session.ts';
import { featureCatalog } from './catalog.ts';
import type { Applied, EngineSettings, FeatureEngine, Question, Remembered, ShopperView } from './engine.ts';
import type { Entity, Feature, Moment } from './feature.ts';
import { fixedEvent } from './fixed-event.ts';
import { type HistoryPlan, SESSION_MEMORY_MS, sessionAt } from './history.ts';
import { placeEvent } from './place-event.ts';
import { type Plan, planCatalogue } from './plan.ts';
import {
  foldShop,
  type ItemMemory,
  lookAtShopper,
  type Numbered,
  openShop,
  restNext,
  type Shop,
  shopperMemory,
  tidyShop,
  UNKNOWN,
} from './shop-memory.ts';
import { openPlaces } from './shop-places.ts';
import type { ShopperMemory } from './shopper-memory.ts';
import { openZoneClock } from './zone-clock.ts';

/** How late an event may be and still find its place, where the shop says nothing else. */
const DEFAULT_LATENESS_MS = 3_600_000;
/** One shopper is looked at for what may be given back after each so many events: a full round every so many events a shopper. */
const REST_EVERY = 4;
/** The same where there are no late events, and only ended sessions to give back. */
const REST_EVERY_PROMPT = 16;

/** An engine and what it remembers, for those who keep its states elsewhere (docs/adr/0015-hot-state.md). */
export interface OpenedEngine {
  readonly engine: FeatureEngine;
  readonly plan: Plan;
  readonly histories: HistoryPlan;
  readonly numbered: Numbered;
  readonly sessionGapMs: number;
  readonly allowedLatenessMs: number;
  /** How long places stay open, ms: the lateness, and what events may change places by. */
  readonly openMs: number;
  /** What is remembered of a tenant, opened where there is nothing yet. */
  shopOf(tenant: string): Shop;
  /** Stops answering from the states of the event applied last, because others have taken their place. */
  lookAgain(): void;
}

/** Opens an engine without memory over a catalogue (see `FeatureEngine` for what it promises). */
export const openFeatureEngine = (settings: EngineSettings, catalog: readonly Feature[] = featureCatalog): FeatureEngine =>
  openEngine(settings, catalog).engine;

/** Opens an engine without memory over a catalogue, with a way in to what it remembers. */
export function openEngine(settings: EngineSettings, catalog: readonly Feature[] = featureCatalog): OpenedEngine {
  const plan = planCatalogue(catalog);
  const { sessionGapMs = defaultSessionGapMs, allowedLatenessMs = DEFAULT_LATENESS_MS, reorderMs = 0 } = settings;
  const openMs = allowedLatenessMs + reorderMs;
  if (!(sessionGapMs > 0 && sessionGapMs <= SESSION_MEMORY_MS)) {
    throw new TillcastError('OPTION_INVALID', `sessionGapMs is ${sessionGapMs}; give more than 0 and at most 24 hours`);
  }
  const histories: HistoryPlan = { session: plan.session, shopper: plan.shopper, sessionGapMs };
  const localTime = openZoneClock(settings.timeZone);
  const answer = openAnswer(plan);
  // What is packed is put to rest as it is packed; an iterator that lags behind a table in which everything moves would keep the tables of the past.
  const rests = settings.memoryBytes === undefined;
  const restEvery = openMs === 0 ? REST_EVERY_PROMPT : REST_EVERY;
  const shops = new Map<string, Shop>();
  let appliedSessionId: string | undefined;
  let appliedDevice: string | undefined;
  const numbered: Numbered = { shoppers: 0, items: 0 };
  const linking = { numbered, latenessMs: openMs };
  // Replay, and often a server, asks about the event just applied: its states are still at hand.
  const last: Last = { shop: undefined, memory: undefined, item: undefined };

  function shopOf(tenant: string): Shop {
    const known = shops.get(tenant);
    if (known !== undefined) return known;
    const nowMs = (): number => shop.nowMs;
    const places = openPlaces(settings, { plan, histories, catalog, numbered, latenessMs: openMs, nowMs });
    const shop = openShop(plan, places);
    shops.set(tenant, shop);
    return shop;
  }

  function apply(given: ShopEvent): Applied {
    const event = fixedEvent(given);
    appliedSessionId = undefined;
    appliedDevice = undefined;
    last.memory = undefined;
    if (event.mark !== undefined) return 'marked';
    if (event.receivedAtMs - event.eventTimeMs > allowedLatenessMs) return 'too_late';
    const shop = shopOf(event.tenant);
    tidyShop(shop);
    const memory = shopperMemory(histories, shop, event, numbered);
    last.shop = shop;
    last.memory = memory;
    const placed = placeEvent(histories, shop, memory, event, linking);
    appliedDevice = placed.device;
    if (placed.sessionId === undefined) return placed.applied;
    appliedSessionId = placed.sessionId;
    last.item = foldShop(plan, shop, event, numbered);
    if (event.receivedAtMs > shop.nowMs) shop.nowMs = event.receivedAtMs;
    if (rests && ++shop.sinceRest >= restEvery) {
      shop.sinceRest = 0;
      restNext(histories, shop, openMs);
    }
    return placed.applied;
  }

  function row(question: Question, out: Float32Array = new Float32Array(catalog.length), offset = 0): Float32Array {
    const shop = shops.get(question.tenant ?? 'default');
    const here = shop === last.shop;
    const { shopper, itemId, brand = UNKNOWN, category = UNKNOWN } = question;
    const memory = here && shopper === last.memory?.shopper ? last.memory : shop && lookAtShopper(shop, shopper);
    const item = here && itemId === last.item?.itemId ? last.item : itemId === undefined ? undefined : shop?.items.look(itemId);
    const history = memory?.live;
    const session = history && sessionAt(history, question.sessionId, question.asOfMs, sessionGapMs);
    answer.session(session?.states);
    answer.shopper(history?.states);
    answer.item(item?.states);
    answer.brand(here && brand === last.item?.brand ? last.item.brandStates : shop?.brands.look(brand));
    answer.category(here && category === last.item?.category ? last.item.categoryStates : shop?.categories.look(category));
    answer.shop(shop?.shop);
    answer.write(momentOf(question, localTime), out, offset);
    return out;
  }

  function view(shopper: string, tenant = 'default'): ShopperView | undefined {
    const shop = shops.get(tenant);
    const history = shop && lookAtShopper(shop, shopper)?.live;
    if (history?.current === undefined) return undefined;
    const { events, purchases, lastMs, current, lastItem } = history;
    const session = { sessionId: current.id, sessionEvents: current.events, sessionPurchases: current.purchases };
    const seen = { shopper, events, purchases, lastEventTimeMs: lastMs, ...session };
    return lastItem === undefined ? seen : { ...seen, lastItem };
  }

  const engine: FeatureEngine = {
    features: catalog,
    apply,
    row,
    shopper: view,
    remembered: () => countRemembered([...shops.values()]),
    get appliedSessionId() {
      return appliedSessionId;
    },
    get appliedDevice() {
      return appliedDevice;
    },
    get appliedShopper() {
      return last.memory?.shopper;
    },
    get appliedShopperNumber() {
      return last.memory?.number;
    },
    get appliedItemNumber() {
      return appliedSessionId === undefined ? undefined : last.item?.number;
    },
  };
  return {
    ...{ engine, plan, histories, numbered, sessionGapMs, allowedLatenessMs, openMs, shopOf },
    lookAgain() {
      last.shop = undefined;
      last.memory = undefined;
      last.item = undefined;
    },
  };
}

function countRemembered(shops: readonly Shop[]): Remembered {
  const sum = (of: (shop: Shop) => number): number => shops.reduce((total, shop) => total + of(shop), 0);
  return {
    shoppers: sum(({ shoppers }) => shoppers.size),
    items: sum(({ items }) => items.size),
    forgottenShoppers: sum(({ shoppers }) => shoppers.forgotten),
    forgottenItems: sum(({ items }) => items.forgotten),
  };
}

/** Where the states of the event applied last are kept. */
interface Last {
  shop: Shop | undefined;
  memory: ShopperMemory | undefined;
  item: ItemMemory | undefined;
}

function momentOf(question: Question, localTime: (epochMs: number) => Pick<Moment, 'hour' | 'dayOfWeek' | 'isWeekend'>): Moment {
  const { hour, dayOfWeek, isWeekend, asOfMs, itemId, category, brand, price } = question;
  const local = hour === undefined || dayOfWeek === undefined || isWeekend === undefined ? localTime(asOfMs) : undefined;
  // Every key is always there, so that features meet one shape of object.
  return {
    asOfMs,
    itemId,
    category,
    brand,
    price,
    hour: hour ?? local!.hour,
    dayOfWeek: dayOfWeek ?? local!.dayOfWeek,
    isWeekend: isWeekend ?? (dayOfWeek === undefined ? local!.isWeekend : dayOfWeek >= 5),
  } as Moment;
}

/** Holds the states of one row in slots and lets each feature finish from its own. */
function openAnswer(plan: Plan) {
  const slots: unknown[] = new Array(plan.slotCount).fill(undefined);
  /** Loads the states of one entity; those of an unknown one are fresh. */
  const loader = (entity: Entity) => {
    const { offset } = plan[entity];
    const fresh = plan[entity].fresh();
    return (states: readonly unknown[] = fresh): void => {
      for (let index = 0; index < fresh.length; index++) slots[offset + index] = states[index];
    };
  };
  return {
    session: loader('session'),
    shopper: loader('shopper'),
    item: loader('item'),
    brand: loader('brand'),
    category: loader('category'),
    shop: loader('shop'),
    write: (moment: Moment, out: Float32Array, offset: number): void => plan.finish(moment, slots, out, offset),
  };
}
