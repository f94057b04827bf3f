import { TillcastError } from '../errors/tillcast-error.ts';
import { type ShopEvent, shopperOf } from '../events/event.ts';
import { defaultSessionGapMs } from '../events/session.ts';
import { type BoundedMap, boundedMap } from './bounded-map.ts';
import { featureCatalog } from './catalog.ts';
import type { Applied, EngineSettings, FeatureEngine, Question, ShopperView } from './engine.ts';
import type { Entity, Feature, Moment } from './feature.ts';
import { foldAll, type HistoryPlan, SESSION_MEMORY_MS, sessionAt } from './history.ts';
import { type EntityPlan, type Plan, planCatalogue } from './plan.ts';
import { applyToShopper, openShopper, rest, type ShopperMemory } from './shopper-memory.ts';
import { openZoneClock } from './zone-clock.ts';

/** How late an event may be and still find its place, where the shop says nothing else. */
const DEFAULT_LATENESS_MS = 3_600_000;
/** One shopper is looked at for what may be given back after each so many events: a full round every four events a shopper. */
const REST_EVERY = 4;

/** Everything remembered of one tenant. */
interface Shop {
  readonly shoppers: BoundedMap<ShopperMemory>;
  readonly items: BoundedMap<unknown[]>;
  readonly brands: BoundedMap<unknown[]>;
  readonly categories: BoundedMap<unknown[]>;
  readonly shop: unknown[];
  resting: IterableIterator<ShopperMemory>;
  sinceRest: number;
  nowMs: number;
}

/** Opens an engine without memory over a catalogue (see `FeatureEngine` for what it promises). */
export function openFeatureEngine(settings: EngineSettings, catalog: readonly Feature[] = featureCatalog): FeatureEngine {
  const plan = planCatalogue(catalog);
  const { sessionGapMs = defaultSessionGapMs, allowedLatenessMs = DEFAULT_LATENESS_MS } = settings;
  if (!(sessionGapMs > 0 && sessionGapMs <= SESSION_MEMORY_MS)) {
    throw new TillcastError('OPTION_INVALID', `sessionGapMs is ${sessionGapMs}; give more than 0 and at most 24 hours`);
  }
  const histories: HistoryPlan = { session: plan.session, shopper: plan.shopper, sessionGapMs };
  const localTime = openZoneClock(settings.timeZone);
  const answer = openAnswer(plan);
  const shops = new Map<string, Shop>();
  let appliedSessionId: string | undefined;
  // Replay, and often a server, asks about the event just applied: its states are still at hand.
  const last = openLast();

  function shopOf(tenant: string): Shop {
    const known = shops.get(tenant);
    if (known !== undefined) return known;
    const shop = openShop(plan, settings);
    shops.set(tenant, shop);
    return shop;
  }

  function apply(event: ShopEvent): Applied {
    appliedSessionId = undefined;
    last.shopper = undefined;
    if (event.receivedAtMs - event.eventTimeMs > allowedLatenessMs) return 'too_late';
    const shop = shopOf(event.tenant);
    const shopper = shopperOf(event);
    const memory = shop.shoppers.get(shopper) ?? shop.shoppers.set(shopper, openShopper(histories, shopper));
    last.shop = shop;
    last.shopper = memory.shopper;
    last.memory = memory;
    const placed = applyToShopper(histories, memory, event, allowedLatenessMs);
    if (placed.sessionId === undefined) return placed.applied;
    appliedSessionId = placed.sessionId;
    foldShop(plan, shop, event, last);
    if (event.receivedAtMs > shop.nowMs) shop.nowMs = event.receivedAtMs;
    if (++shop.sinceRest >= REST_EVERY) restNext(histories, shop, allowedLatenessMs);
    return placed.applied;
  }

  function row(question: Question, out: Float32Array = new Float32Array(catalog.length), offset = 0): Float32Array {
    const shop = shops.get(question.tenant ?? 'default');
    const here = shop === last.shop;
    const memory = here && question.shopper === last.shopper ? last.memory : shop?.shoppers.get(question.shopper);
    const history = memory?.live;
    const session = history && sessionAt(history, question.sessionId, question.asOfMs, sessionGapMs);
    answer.load('session', session?.states);
    answer.load('shopper', history?.states);
    const { itemId, brand = UNKNOWN, category = UNKNOWN } = question;
    answer.load('item', itemId === undefined ? undefined : here && itemId === last.itemId ? last.item : shop?.items.get(itemId));
    answer.load('brand', here && brand === last.brand ? last.brandStates : shop?.brands.get(brand));
    answer.load('category', here && category === last.category ? last.categoryStates : shop?.categories.get(category));
    answer.load('shop', shop?.shop);
    answer.write(momentOf(question, localTime), out, offset);
    return out;
  }

  function view(shopper: string, tenant = 'default'): ShopperView | undefined {
    const history = shops.get(tenant)?.shoppers.get(shopper)?.live;
    if (history?.current === undefined) return undefined;
    const { events, purchases, lastMs, current, lastItem } = history;
    const seen = { shopper, events, purchases, lastEventTimeMs: lastMs, sessionId: current.id, sessionEvents: current.events };
    return lastItem === undefined ? seen : { ...seen, lastItem };
  }

  return {
    features: catalog,
    apply,
    row,
    shopper: view,
    get appliedSessionId() {
      return appliedSessionId;
    },
    get appliedShopper() {
      return last.shopper;
    },
  };
}

/** The bucket of lines that do not say their brand or category: unknown is a value of its own, with its own rates. */
const UNKNOWN = '';

const openShop = (plan: Plan, { maxShoppers, maxItems }: EngineSettings): Shop => ({
  shoppers: boundedMap(maxShoppers),
  items: boundedMap(maxItems),
  brands: boundedMap(maxItems),
  categories: boundedMap(maxItems),
  shop: plan.shop.fresh(),
  resting: [].values(),
  sinceRest: 0,
  nowMs: Number.NEGATIVE_INFINITY,
});

/** Where the states of the event applied last are kept. */
interface Last {
  shop: Shop | undefined;
  shopper: string | undefined;
  memory: ShopperMemory | undefined;
  itemId: string | undefined;
  item: unknown[] | undefined;
  brand: string | undefined;
  brandStates: unknown[] | undefined;
  category: string | undefined;
  categoryStates: unknown[] | undefined;
}

const openLast = (): Last => ({
  ...{ shop: undefined, shopper: undefined, memory: undefined, itemId: undefined, item: undefined },
  ...{ brand: undefined, brandStates: undefined, category: undefined, categoryStates: undefined },
});

function foldShop(plan: Plan, shop: Shop, event: ShopEvent, last: Last): void {
  last.itemId = undefined;
  last.brand = undefined;
  last.category = undefined;
  for (const line of event.items) {
    const { itemId, brand = UNKNOWN, category = UNKNOWN } = line;
    last.itemId = itemId;
    last.item = statesOf(shop.items, itemId, plan.item);
    foldAll(plan.item.folds, last.item, event, line);
    last.brand = brand;
    last.brandStates = statesOf(shop.brands, brand, plan.brand);
    foldAll(plan.brand.folds, last.brandStates, event, line);
    last.category = category;
    last.categoryStates = statesOf(shop.categories, category, plan.category);
    foldAll(plan.category.folds, last.categoryStates, event, line);
  }
  foldAll(plan.shop.folds, shop.shop, event, event.items[0]);
}

const statesOf = (map: BoundedMap<unknown[]>, key: string, plan: EntityPlan): unknown[] =>
  map.get(key) ?? map.set(key, plan.fresh());

function restNext(plan: HistoryPlan, shop: Shop, latenessMs: number): void {
  shop.sinceRest = 0;
  const { value, done } = shop.resting.next();
  if (done === true) shop.resting = shop.shoppers.values();
  else rest(plan, value, shop.nowMs, latenessMs);
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
  const fresh = {
    session: plan.session.fresh(),
    shopper: plan.shopper.fresh(),
    item: plan.item.fresh(),
    brand: plan.brand.fresh(),
    category: plan.category.fresh(),
    shop: plan.shop.fresh(),
  };
  return {
    load(entity: Entity, states: readonly unknown[] = fresh[entity]): void {
      const { offset } = plan[entity];
      for (let index = 0; index < states.length; index++) slots[offset + index] = states[index];
    },
    write: (moment: Moment, out: Float32Array, offset: number): void => plan.finish(moment, slots, out, offset),
  };
}
