import type { LineItem } from '../events/event.ts';
import { categories, makersOf } from './category-tree.ts';
import { below, cumulate, normal } from './distributions.ts';
import { APPEAL_BOUNDS } from './journey.ts';
import { opaqueId } from './opaque-id.ts';
import type { Random } from './random.ts';
import { saleOn } from './rhythm.ts';
import type { FullSettings } from './settings.ts';

/** One category's shelf on one day, cheapest first. */
export interface Shelf {
  readonly lines: readonly LineItem[];
  readonly prices: Float64Array;
  /** Running sums of popularity as seen by who is taken with an item: good ones come up more often. */
  readonly liked: Float64Array;
  /** The same for who is not: good ones come up less often. */
  readonly disliked: Float64Array;
}

interface Product {
  readonly line: LineItem;
  readonly popularity: number;
  /** Log of how much likelier than the average product of its price it is to please. */
  readonly quality: number;
  readonly bornOnDay: number;
}

/** Days between deliveries, when new products come onto the shelves. */
const DELIVERY_DAYS = 4;
/** Days a product stays; then another takes its place on the shelf. */
const LIFETIME_DAYS = 400;
/** How much more a new product is looked at, and the days in which that fades to a third. */
const NOVELTY = { boost: 2, days: 10 };
/**
 * Popularity follows Zipf's law in Mandelbrot's form, (rank + SHIFT)^-EXPONENT within a category; fitted to the share of views
 * that REES46's window has on its first 1 % and 10 % of items.
 */
const ZIPF = { exponent: 1.3, shift: 4 };
const SALE = { share: 0.3, least: 0.1, most: 0.4 };

/** What is on the shelves, day by day: products come and go, prices fall in sales and move with drift. */
export interface Catalogue {
  /** The shelves of all categories on a day since the start; kept until another day is asked for. */
  shelvesOn(day: number): readonly Shelf[];
}

/** Stocks a shop: places on the shelves by category, each with an unending row of products decided by the seed. */
export function openCatalogue(settings: FullSettings, random: Random): Catalogue {
  const places = shelfPlaces(settings, random);
  let stocked = '';
  let shelves: readonly Shelf[] = [];
  let today = -1;
  return {
    shelvesOn(day) {
      if (day === today) return shelves;
      today = day;
      const delivery = day - (day % DELIVERY_DAYS);
      const state = `${delivery}/${saleOn(settings, day)}/${levelOn(settings, day)}`;
      if (state !== stocked)
        shelves = places.map((row) =>
          stockShelf(
            row.map((place) => place(delivery)),
            delivery,
            priceTag(settings, day),
          ),
        );
      stocked = state;
      return shelves;
    },
  };
}

type Place = (day: number) => Product;

function shelfPlaces(settings: FullSettings, random: Random): readonly (readonly Place[])[] {
  const total = categories.reduce((sum, { interest }) => sum + interest, 0);
  let slot = 0;
  return categories.map(({ interest }, category) => {
    // Wide ranges exist where interest is small, too: the square root evens out.
    const size = Math.max(8, Math.round((settings.items * (interest / total + 1 / categories.length)) / 2));
    return Array.from({ length: size }, (_, rank) => openPlace(settings, random, category, slot++, rank, size));
  });
}

function openPlace(settings: FullSettings, random: Random, category: number, slot: number, rank: number, size: number): Place {
  const phase = below(random.fork(`place/${slot}`), LIFETIME_DAYS);
  let generation = -1;
  let product: Product;
  return (day) => {
    const wanted = Math.floor((day + phase) / LIFETIME_DAYS);
    if (wanted !== generation) {
      generation = wanted;
      const chance = random.fork(`product/${slot}/${generation}`);
      const bornOnDay = generation === 0 ? -LIFETIME_DAYS : generation * LIFETIME_DAYS - phase;
      const itsRank = generation === 0 ? rank : below(chance, size);
      product = newProduct(settings, chance, category, slot + generation * 2_000_003, itsRank, bornOnDay);
    }
    return product;
  };
}

function newProduct(
  settings: FullSettings,
  chance: Random,
  category: number,
  number: number,
  rank: number,
  bornOnDay: number,
): Product {
  const { path, medianPrice, spread } = categories[category]!;
  const makers = makersOf[category]!;
  const maker = Math.floor(makers.length * chance.uniform() ** 2);
  // Known makers ask more.
  const prestige = 0.25 - (0.5 * maker) / makers.length;
  const price = cents(medianPrice * Math.exp(prestige + spread * normal(chance)));
  const hasCategory = chance.uniform() >= settings.unknownCategoryShare;
  const hasBrand = chance.uniform() >= settings.unknownBrandShare;
  return {
    line: {
      itemId: opaqueId('i', settings.seed, number),
      ...(hasCategory ? { category: path } : {}),
      ...(hasBrand ? { brand: makers[maker]! } : {}),
      price,
      quantity: 1,
    },
    popularity: (rank + 1 + ZIPF.shift) ** -ZIPF.exponent,
    quality: 0.5 * normal(chance),
    bornOnDay,
  };
}

function stockShelf(products: readonly Product[], day: number, priceOf: (product: Product) => number): Shelf {
  const priced = products.map((product) => ({
    product,
    price: priceOf(product),
    weight: product.popularity * noveltyOf(product, day),
  }));
  priced.sort((a, b) => a.price - b.price);
  return {
    lines: priced.map(({ product, price }) => (price === product.line.price ? product.line : { ...product.line, price })),
    prices: Float64Array.from(priced, ({ price }) => price),
    liked: cumulate(priced.map(({ product, weight }) => weight * Math.exp(product.quality))),
    disliked: cumulate(priced.map(({ product, weight }) => weight * Math.exp(-product.quality))),
  };
}

/** What products cost on a day. */
function priceTag(settings: FullSettings, day: number): (product: Product) => number {
  const [level, sale] = [levelOn(settings, day), saleOn(settings, day)];
  return ({ line, quality }) => {
    // Which products are reduced, and by how much, is settled by the product and the number of the sale: any fraction spread evenly will do.
    const lot = sale === undefined ? 1 : Math.abs((quality * 7919 + sale * 0.6180339887) % 1);
    const discount = lot < SALE.share ? SALE.least + (SALE.most - SALE.least) * (lot / SALE.share) : 0;
    return cents(line.price! * level * (1 - discount));
  };
}

/** By how much drift has moved all prices. */
const levelOn = ({ drift }: FullSettings, day: number): number =>
  drift?.kind === 'price_level' && day >= drift.fromDay ? drift.factor : 1;

const noveltyOf = ({ bornOnDay }: Product, day: number): number => 1 + NOVELTY.boost * Math.exp((bornOnDay - day) / NOVELTY.days);

const cents = (price: number): number => Math.max(0.5, Math.round(price * 100) / 100);

const APPEAL_RATIOS = APPEAL_BOUNDS.map(Math.exp);

/** The run of a shelf that strikes a shopper with this budget as of the given appeal: [from, to), never empty. */
export function bandOf({ prices }: Shelf, budget: number, appeal: number): readonly [from: number, to: number] {
  const from = firstAtLeast(prices, budget * APPEAL_RATIOS[appeal + 1]!);
  const to = firstAtLeast(prices, budget * APPEAL_RATIOS[appeal]!);
  if (from < to) return [from, to];
  const nearest = Math.min(prices.length - 1, from);
  return [nearest, nearest + 1];
}

function firstAtLeast(prices: Float64Array, mark: number): number {
  let [from, to] = [0, prices.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (prices[middle]! >= mark) to = middle;
    else from = middle + 1;
  }
  return from;
}
