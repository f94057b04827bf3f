import type { ShopEvent } from '@tillcast/core/events/event';
import { featureCatalog } from '@tillcast/core/features/catalog';
import { openCountsCodec } from '@tillcast/core/features/codec-counts';
import { openShopperCodec } from '@tillcast/core/features/codec-shopper';
import type { EngineSettings } from '@tillcast/core/features/engine';
import { openEngine } from '@tillcast/core/features/feature-engine';

/** What a stretch of traffic was, and how large the states are that it left. */
export interface MeasuredStates {
  readonly events: number;
  readonly days: number;
  readonly shoppers: number;
  /** Items, brands and categories. */
  readonly shared: number;
  /** Bytes of one, on average. */
  readonly shopperBytes: number;
  readonly sharedBytes: number;
}

// A bucket takes five bytes as it is packed, a count one or two.
const numberBytes = 2.5;
const dayMs = 86_400_000;

/** Folds events, in the order in which they became known, and measures what they leave. Undefined: there were none. */
export async function measureStates(
  events: AsyncIterable<readonly ShopEvent[]>,
  settings: EngineSettings,
): Promise<MeasuredStates | undefined> {
  const { engine, plan, histories, shopOf } = openEngine(settings);
  let count = 0;
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const batch of events) {
    for (const event of batch) {
      engine.apply(event);
      count += 1;
      firstMs = Math.min(firstMs, event.receivedAtMs);
      lastMs = Math.max(lastMs, event.receivedAtMs);
    }
  }
  if (count === 0) return undefined;
  const codec = openShopperCodec(histories, featureCatalog);
  const shop = shopOf('default');
  const shoppers = [...shop.shoppers.values()].map((memory) => codec.encode(memory).length);
  const [item, brand, category] = [openCountsCodec(plan.item), openCountsCodec(plan.brand), openCountsCodec(plan.category)];
  const shared = [
    ...[...shop.items.values()].map(({ states }) => packed(item.rows(states))),
    ...[...shop.brands.values()].map((states) => packed(brand.rows(states))),
    ...[...shop.categories.values()].map((states) => packed(category.rows(states))),
  ];
  return {
    ...{ events: count, days: Math.max(1, (lastMs - firstMs) / dayMs), shoppers: shoppers.length, shared: shared.length },
    ...{ shopperBytes: mean(shoppers), sharedBytes: mean(shared) },
  };
}

const packed = (rows: readonly (readonly number[])[]): number =>
  rows.reduce((sum, { length }) => sum + 1 + length * numberBytes, 1);
const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
