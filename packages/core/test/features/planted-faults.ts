import { compareEvents, knowableAtMs, type ShopEvent } from '@tillcast/core/events/event';
import { defineAccumulator, defineFeature, type Feature } from '@tillcast/core/features/feature';
import type { CatalogFor } from './laws.ts';

/** A feature that reads the whole history instead of a state: what a careless join would compute. */
const leak =
  (name: string, peek: (history: readonly ShopEvent[], asOfMs: number, itemId: string | undefined) => number): CatalogFor =>
  (history) => [
    defineFeature({
      ...{ name, description: 'Planted.', family: 'session', unit: 'count', reads: [] },
      finish: ({ asOfMs, itemId }) => peek(history, asOfMs, itemId),
    }),
  ];

const count = (history: readonly ShopEvent[], test: (event: ShopEvent) => boolean): number => history.filter(test).length;
const about = (event: ShopEvent, itemId: string | undefined): boolean => event.items.some((line) => line.itemId === itemId);

/** Ten ways to travel in time. */
export const leaks: readonly (readonly [string, CatalogFor])[] = [
  leakOf(
    'peeks one event ahead',
    (history, asOfMs) => [...history].sort(compareEvents).find((event) => event.eventTimeMs > asOfMs)?.items.length ?? 0,
  ),
  leakOf('reads what had happened but was not yet known', (history, asOfMs) =>
    count(history, (event) => event.eventTimeMs <= asOfMs),
  ),
  leakOf('reads what is known but has not happened', (history, asOfMs) => count(history, (event) => event.receivedAtMs > asOfMs)),
  leakOf('counts purchases to come', (history, asOfMs) =>
    count(history, (event) => event.event === 'purchase' && knowableAtMs(event) > asOfMs),
  ),
  leakOf('popularity over all time', (history, _, itemId) => count(history, (event) => about(event, itemId))),
  leakOf('length of the whole history', (history) => history.length),
  leakOf('time until the last event', (history, asOfMs) => Math.max(...history.map(knowableAtMs)) - asOfMs),
  leakOf('mean price over all time', (history) =>
    history.flatMap(({ items }) => items).reduce((sum, { price = 0 }) => sum + price, 0),
  ),
  leakOf('window centred on the moment', (history, asOfMs) =>
    count(history, (event) => Math.abs(knowableAtMs(event) - asOfMs) < 1e9),
  ),
  leakOf('refunds still to come', (history, asOfMs) =>
    count(history, (event) => event.event === 'refund' && knowableAtMs(event) > asOfMs),
  ),
];

function leakOf(name: string, peek: Parameters<typeof leak>[1]): readonly [string, CatalogFor] {
  return [name, leak(name, peek)];
}

/** Depends on the order in which a shared state was folded: the price that arrived last. */
export const lastArrivedPrice: Feature = defineFeature({
  ...{ name: 'planted_last_price', description: 'Planted.', family: 'offer', unit: 'currency' },
  reads: [defineAccumulator({ name: 'planted_last', entity: 'item', start: () => 0, fold: (_, __, line) => line?.price ?? 0 })],
  finish: (_, last) => last,
});

/** Depends on the order too, less visibly: a sum of fractions in floating point. */
export const floatingSum: Feature = defineFeature({
  ...{ name: 'planted_float_sum', description: 'Planted.', family: 'offer', unit: 'currency' },
  reads: [
    defineAccumulator({ name: 'planted_sum', entity: 'shop', start: () => 0, fold: (sum, _, line) => sum + (line?.price ?? 0) }),
  ],
  // The last bits of the double, made visible in a float32.
  finish: (_, sum) => (sum * 2 ** 40) % 1_024,
});

const opened: { times: number }[] = [];

/** Changes the state when it is asked, so that asking changes later answers. */
export const countsQuestions: Feature = defineFeature({
  ...{ name: 'planted_counts_questions', description: 'Planted.', family: 'session', unit: 'count' },
  reads: [defineAccumulator({ name: 'planted_asked', entity: 'shopper', start: () => ({ times: 0 }), fold: (state) => state })],
  finish: (_, state) => ++state.times,
});

/** Not a number a model can read. */
export const divides: Feature = defineFeature({
  ...{ name: 'planted_infinite', description: 'Planted.', family: 'calendar', unit: 'ratio', reads: [] },
  finish: () => 1 / 0,
});

/** Counts deliveries outside any state. */
export const countsDeliveries: Feature = defineFeature({
  ...{ name: 'planted_deliveries', description: 'Planted.', family: 'session', unit: 'count' },
  reads: [
    defineAccumulator({
      ...{ name: 'planted_delivered', entity: 'shop', start: () => ({ times: 0 }) },
      fold(state) {
        opened.push(state);
        return { times: opened.length };
      },
    }),
  ],
  finish: (_, { times }) => times,
});
