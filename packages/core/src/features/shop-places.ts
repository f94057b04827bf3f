import { boundedMap } from './bounded-map.ts';
import { recordBytes } from './byte-ring.ts';
import { type ByteSource, openByteSink, openByteSource } from './codec-bytes.ts';
import { openCountsCodec } from './codec-counts.ts';
import { openShopperCodec } from './codec-shopper.ts';
import { putValue, readValue } from './codec-value.ts';
import type { EngineSettings } from './engine.ts';
import type { Feature } from './feature.ts';
import type { History, HistoryPlan } from './history.ts';
import { type Packing, packedMap } from './packed-map.ts';
import type { EntityPlan, Plan } from './plan.ts';
import { type ItemMemory, type Numbered, openItem, type ShopPlaces, shopperOfKey } from './shop-memory.ts';
import { openShopper, rest, type ShopperMemory } from './shopper-memory.ts';
import { shrinkSteps } from './shrink-shopper.ts';

/** What opening the places of a shop needs to know besides its bounds. */
export interface PlacesContext {
  readonly plan: Plan;
  readonly histories: HistoryPlan;
  readonly catalog: readonly Feature[];
  readonly numbered: Numbered;
  readonly latenessMs: number;
  /** The latest arrival the shop has seen, epoch ms. */
  readonly nowMs: () => number;
}

/**
 * How `memoryBytes` is shared out. What is packed also has a key and a place in a table, some 130 bytes each, which is as much again as the record of
 * a shopper seen once and twice that of an item (docs/adr/0021-bounded-memory.md); with these the shares come to 1.2, of which what is at hand is weighed generously.
 */
const shares = { liveShoppers: 0.42, packedShoppers: 0.2, liveItems: 0.06, packedItems: 0.04 } as const;
/** Bytes of the whole for each brand, and each category, that is remembered: a tenth of it, for they are some 800 bytes each. */
const bytesPerKind = 16_384;
const fewestKinds = 512;
/** A shopper whose record is longer is a machine, and loses what can be spared (see `shrinkSteps`). */
const mostBytesOfOne = 65_536;

/** How many shoppers of so many packed bytes each fit beside those at hand, and how many items, brands and categories. */
export const statesThatFit = (memoryBytes: number, bytes: { readonly shopper: number; readonly shared: number }) => ({
  shoppers: Math.floor((shares.packedShoppers * memoryBytes) / (bytes.shopper + recordBytes)),
  items: Math.floor((shares.packedItems * memoryBytes) / (bytes.shared + recordBytes)),
});

/** Opens where a shop keeps what it remembers: bounded in bytes where `memoryBytes` says so, else in numbers, else not at all. */
export function openPlaces({ maxShoppers, maxItems, memoryBytes }: EngineSettings, context: PlacesContext): ShopPlaces {
  if (memoryBytes === undefined)
    return {
      ...{ shoppers: boundedMap(maxShoppers), items: boundedMap(maxItems) },
      ...{ brands: boundedMap(maxItems), categories: boundedMap(maxItems) },
    };
  const share = (of: keyof typeof shares): number => Math.ceil(shares[of] * memoryBytes);
  const kinds = Math.max(fewestKinds, Math.ceil(memoryBytes / bytesPerKind));
  return {
    shoppers: packedMap(shopperPacking(context), { liveBytes: share('liveShoppers'), packedBytes: share('packedShoppers') }),
    items: packedMap(itemPacking(context), { liveBytes: share('liveItems'), packedBytes: share('packedItems') }),
    ...{ brands: boundedMap(kinds), categories: boundedMap(kinds) },
  };
}

function shopperPacking({ histories, catalog, numbered, latenessMs, nowMs }: PlacesContext): Packing<ShopperMemory> {
  const codec = openShopperCodec(histories, catalog);
  return {
    pack(memory) {
      rest(histories, memory, nowMs(), latenessMs);
      let bytes = codec.encode(memory);
      for (const shrink of shrinkSteps) {
        if (bytes.length <= mostBytesOfOne) break;
        shrink(histories, memory);
        bytes = codec.encode(memory);
      }
      return bytes;
    },
    unpack(key, bytes) {
      const [shopper, number] = [shopperOfKey(key), numbered.shoppers++];
      return codec.decode(bytes, shopper, number) ?? openShopper(histories, shopper, number);
    },
    weigh: weighShopper,
  };
}

// As measured with V8 on 64 bits, rounded up: a history with one visit, each further visit, an event of the tail, each of its lines.
const [historyBytes, sessionBytes, eventBytes, lineBytes] = [1_500, 900, 500, 200];

const weighHistory = ({ sessions }: History): number => historyBytes + sessionBytes * sessions.length;

function weighShopper({ live, settled, tail, taken }: ShopperMemory): number {
  let bytes = weighHistory(live) + (settled === undefined ? 0 : weighHistory(settled));
  for (const { items } of tail) bytes += eventBytes + lineBytes * items.length;
  if (taken !== undefined) for (const history of taken.values()) bytes += weighHistory(history);
  return bytes;
}

const [itemBytes, numberBytes] = [700, 10];

function itemPacking({ plan, numbered }: PlacesContext): Packing<ItemMemory> {
  const states = openPackedCounts(plan.item);
  return {
    pack: (item) => states.pack(item.states),
    unpack: (key, bytes) => ({ ...openItem(plan, key, numbered.items++), states: states.unpack(bytes) }),
    weigh({ states: held }) {
      let bytes = itemBytes;
      for (const state of held) if (Array.isArray(state)) bytes += numberBytes * state.length;
      return bytes;
    },
  };
}

function readNumbers(from: ByteSource): number[] {
  const numbers: number[] = [];
  for (let left = from.count(); left > 0; left--) numbers.push(readValue(from) as number);
  return numbers;
}

/** The states of an entity all shoppers share as bytes: their rows, one list of numbers an accumulator. */
function openPackedCounts(plan: EntityPlan) {
  const counts = openCountsCodec(plan);
  const sink = openByteSink(512);
  return {
    pack(states: readonly unknown[]): Uint8Array {
      for (const row of counts.rows(states)) {
        sink.count(row.length);
        for (const value of row) putValue(sink, value);
      }
      return sink.take();
    },
    unpack(bytes: Uint8Array): unknown[] {
      const from = openByteSource(bytes);
      return counts.states(counts.series.map(() => readNumbers(from)));
    },
  };
}
