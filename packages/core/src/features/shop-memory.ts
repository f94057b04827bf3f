import { type ShopEvent, shopperOf } from '../events/event.ts';
import type { BoundedMap } from './bounded-map.ts';
import { foldAll, type HistoryPlan } from './history.ts';
import type { EntityPlan, Plan } from './plan.ts';
import { openShopper, rest, type ShopperMemory } from './shopper-memory.ts';

/** The bucket of lines that do not say their brand or category: unknown is a value of its own, with its own rates. */
export const UNKNOWN = '';
/** Before the ids of devices, so that they never meet those of users: ids hold no control characters. */
const DEVICE = '\u0001';

/**
 * What is remembered of one item, and beside it the states of the brand and category it was last seen with: nearly always it is seen with them
 * again, and then two texts compared save two look-ups. They are as good as looked up while the generation of their map is the one noted.
 */
export interface ItemMemory {
  readonly itemId: string;
  /** See `FeatureEngine.appliedItemNumber`. */
  readonly number: number;
  readonly states: unknown[];
  brand: string;
  brandStates: unknown[];
  brandGeneration: number;
  category: string;
  categoryStates: unknown[];
  categoryGeneration: number;
}

/** Where what is remembered of one tenant is kept. */
export interface ShopPlaces {
  /** By `keyOf`. */
  readonly shoppers: BoundedMap<ShopperMemory>;
  readonly items: BoundedMap<ItemMemory>;
  readonly brands: BoundedMap<unknown[]>;
  readonly categories: BoundedMap<unknown[]>;
}

/** Everything remembered of one tenant. */
export interface Shop extends ShopPlaces {
  readonly shop: unknown[];
  resting: IteratorObject<ShopperMemory, undefined>;
  sinceRest: number;
  nowMs: number;
}

/** How many shoppers and items an engine has given numbers to. */
export interface Numbered {
  shoppers: number;
  items: number;
}

/** A tenant of whom nothing is known yet. */
export const openShop = (plan: Plan, places: ShopPlaces): Shop => ({
  ...places,
  shop: plan.shop.fresh(),
  resting: [].values(),
  sinceRest: 0,
  nowMs: Number.NEGATIVE_INFINITY,
});

/** The memory of the shopper of an event, opened where there is none. */
export function shopperMemory(plan: HistoryPlan, shop: Shop, event: ShopEvent, numbered: Numbered): ShopperMemory {
  const key = event.userId ?? DEVICE + event.anonymousId;
  return shop.shoppers.get(key) ?? shop.shoppers.set(key, openShopper(plan, shopperOf(event), numbered.shoppers++));
}

/** The memory of the device of an event, opened where there is none. */
export function deviceMemory(plan: HistoryPlan, shop: Shop, anonymousId: string, numbered: Numbered): ShopperMemory {
  const key = DEVICE + anonymousId;
  return shop.shoppers.get(key) ?? shop.shoppers.set(key, openShopper(plan, `a:${anonymousId}`, numbered.shoppers++));
}

/** The memory of a user, where there is one. */
export const userMemory = (shop: Shop, userId: string): ShopperMemory | undefined => shop.shoppers.get(userId);

/** The memory of a shopper named as `shopperOf` names them, where there is one. */
export function shopperNamed(shop: Shop, shopper: string): ShopperMemory | undefined {
  const key = keyOfNamed(shopper);
  return key === undefined ? undefined : shop.shoppers.get(key);
}

/** The same only to be read: looking at a shopper is no touch, and brings nobody back from where they are packed. */
export function lookAtShopper(shop: Shop, shopper: string): ShopperMemory | undefined {
  const key = keyOfNamed(shopper);
  return key === undefined ? undefined : shop.shoppers.look(key);
}

function keyOfNamed(shopper: string): string | undefined {
  if (shopper.startsWith('u:')) return shopper.slice(2);
  return shopper.startsWith('a:') ? DEVICE + shopper.slice(2) : undefined;
}

/** Puts a memory in the place of whatever was remembered of its shopper. */
export const holdShopper = (shop: Shop, memory: ShopperMemory): ShopperMemory => shop.shoppers.set(keyOf(memory.shopper), memory);

/** Forgets a shopper named as `shopperOf` names them. */
export const forgetShopper = (shop: Shop, shopper: string): void => shop.shoppers.delete(keyOf(shopper));

const keyOf = (shopper: string): string => (shopper.startsWith('u:') ? shopper.slice(2) : DEVICE + shopper.slice(2));

/** Whose memory lies under a key, named as `shopperOf` names them. */
export const shopperOfKey = (key: string): string => (key.startsWith(DEVICE) ? `a:${key.slice(1)}` : `u:${key}`);

/** Between two steps: puts away what there is no room for. */
export function tidyShop({ shoppers, items }: ShopPlaces): void {
  shoppers.tidy();
  items.tidy();
}

/** Folds an event into what is shared by all shoppers; answers the item of its last line. */
export function foldShop(plan: Plan, shop: Shop, event: ShopEvent, numbered: Numbered): ItemMemory | undefined {
  let item: ItemMemory | undefined;
  const { items } = event;
  for (let index = 0; index < items.length; index++) {
    const line = items[index]!;
    const { itemId, brand = UNKNOWN, category = UNKNOWN } = line;
    item = shop.items.get(itemId) ?? shop.items.set(itemId, openItem(plan, itemId, numbered.items++));
    if (item.brand !== brand || item.brandGeneration !== shop.brands.generation) noteBrand(plan, shop, item, brand);
    if (item.category !== category || item.categoryGeneration !== shop.categories.generation)
      noteCategory(plan, shop, item, category);
    foldAll(plan.item.folds, item.states, event, line);
    foldAll(plan.brand.folds, item.brandStates, event, line);
    foldAll(plan.category.folds, item.categoryStates, event, line);
  }
  foldAll(plan.shop.folds, shop.shop, event, items[0]);
  return item;
}

/** Looks at one shopper after another for what may be given back. */
export function restNext(plan: HistoryPlan, shop: Shop, latenessMs: number): void {
  const { value, done } = shop.resting.next();
  if (done === true) shop.resting = shop.shoppers.values();
  else rest(plan, value, shop.nowMs, latenessMs);
}

/** An item of which nothing is known yet. */
export const openItem = (plan: Plan, itemId: string, number: number): ItemMemory => ({
  ...{ itemId, number, states: plan.item.fresh() },
  ...{ brand: UNKNOWN, brandStates: [], brandGeneration: -1, category: UNKNOWN, categoryStates: [], categoryGeneration: -1 },
});

function noteBrand(plan: Plan, shop: Shop, item: ItemMemory, brand: string): void {
  item.brandStates = statesOf(shop.brands, brand, plan.brand);
  if (item.brand !== brand) item.brand = brand;
  item.brandGeneration = shop.brands.generation;
}

function noteCategory(plan: Plan, shop: Shop, item: ItemMemory, category: string): void {
  item.categoryStates = statesOf(shop.categories, category, plan.category);
  if (item.category !== category) item.category = category;
  item.categoryGeneration = shop.categories.generation;
}

const statesOf = (map: BoundedMap<unknown[]>, key: string, plan: EntityPlan): unknown[] =>
  map.get(key) ?? map.set(key, plan.fresh());
