import type { LineItem, ShopEvent } from '../events/event.ts';
import { type CountsAdded, type CountsCodec, openCountsCodec } from './codec-counts.ts';
import type { Plan } from './plan.ts';
import { type Numbered, openItem, type Shop, UNKNOWN } from './shop-memory.ts';

/** The entities whose states all shoppers share, in the order in which they are numbered. */
export const sharedEntities = ['item', 'brand', 'category', 'shop'] as const;
export type SharedEntity = (typeof sharedEntities)[number];

/** Names a state that all shoppers share: the entity's first letter, a colon, its id. */
export type SharedName = `${'i' | 'b' | 'c' | 's'}:${string}`;

/** Rows of counters, one list an accumulator. */
export type SharedRows = readonly (readonly number[])[];

/** Takes the shared states of a catalogue apart into counters, and puts them where an engine finds them. */
export interface SharedStates {
  readonly series: Readonly<Record<SharedEntity, CountsCodec['series']>>;
  /** Adds what an event contributes, by the name of what it contributes to. */
  addEvent(to: Map<SharedName, CountsAdded>, event: ShopEvent): void;
  /** Puts what rows of counters say, one list an accumulator, in the place of what an engine remembers; none = nothing was counted yet. */
  hold(shop: Shop, name: SharedName, rows: SharedRows, numbered: Numbered): void;
}

const entityOf: Readonly<Record<string, SharedEntity>> = { i: 'item', b: 'brand', c: 'category', s: 'shop' };

/** The entity of a name. */
export const sharedEntityOf = (name: SharedName): SharedEntity => entityOf[name[0]!]!;

/** What a question about these needs, besides its shopper. */
export const namesAbout = ({
  itemId,
  brand = UNKNOWN,
  category = UNKNOWN,
}: Partial<Pick<LineItem, 'itemId' | 'brand' | 'category'>>): readonly SharedName[] => {
  const shop: readonly SharedName[] = [`b:${brand}`, `c:${category}`, 's:'];
  return itemId === undefined ? shop : [`i:${itemId}`, ...shop];
};

/** Opens the shared states of a plan. */
export function openSharedStates(plan: Plan): SharedStates {
  const codecs = Object.fromEntries(sharedEntities.map((entity) => [entity, openCountsCodec(plan[entity])])) as Record<
    SharedEntity,
    CountsCodec
  >;

  function add(to: Map<SharedName, CountsAdded>, name: SharedName, event: ShopEvent, line: LineItem | undefined): void {
    const counters: CountsAdded = to.get(name) ?? new Map();
    codecs[sharedEntityOf(name)].addEvent(counters, event, line);
    if (counters.size > 0) to.set(name, counters);
  }

  /** Where an engine keeps the states of a name. */
  function place(shop: Shop, name: SharedName, numbered: Numbered): unknown[] {
    const id = name.slice(2);
    switch (sharedEntityOf(name)) {
      case 'item':
        return (shop.items.get(id) ?? shop.items.set(id, openItem(plan, id, numbered.items++))).states;
      case 'brand':
        return shop.brands.get(id) ?? shop.brands.set(id, plan.brand.fresh());
      case 'category':
        return shop.categories.get(id) ?? shop.categories.set(id, plan.category.fresh());
      case 'shop':
        return shop.shop;
    }
  }

  return {
    series: Object.fromEntries(sharedEntities.map((entity) => [entity, codecs[entity].series])) as SharedStates['series'],
    addEvent(to, event) {
      for (const line of event.items) {
        const [item, brand, category] = namesAbout(line);
        for (const name of [item!, brand!, category!]) add(to, name, event, line);
      }
      add(to, 's:', event, event.items[0]);
    },
    hold(shop, name, rows, numbered) {
      const states = codecs[sharedEntityOf(name)].states(rows);
      const held = place(shop, name, numbered);
      // In place: an item remembers the states of its brand and category beside its own.
      for (let index = 0; index < states.length; index++) held[index] = states[index];
    },
  };
}
