import { ShopFigures, type Sighting, sightingsOf } from '@tillcast/core/simulation/figures';
import { compareFigures, deliberateDeviations, rees46Reference } from '@tillcast/core/simulation/reference';
import { type ShopSettings, simulateShop } from '@tillcast/core/simulation/shop';
import { describe, expect, it } from 'vitest';

/** How far a figure may be from the reference's, as a factor; those that deviate on purpose are bounded by themselves below. */
const band = 1.35;

const measure = (settings: ShopSettings) => {
  const figures = new ShopFigures(rees46Reference.scope);
  for (const { event } of simulateShop(settings)) for (const sighting of sightingsOf(event)) figures.add(sighting);
  return figures.finish();
};
const strangers = (figures: ReturnType<typeof measure>) =>
  compareFigures(figures, rees46Reference.figures)
    .filter(({ note, ratio }) => note === undefined && !(ratio > 1 / band && ratio < band))
    .map(({ figure }) => figure);

describe('the shop looks like a shop', () => {
  const figures = measure({ shoppers: 3_000, days: 28, seed: 1 });

  it(`has the figures of REES46's window within a factor of ${band}`, () => {
    expect(strangers(figures)).toEqual([]);
  });

  it('deviates on purpose only where it says so, and to where it says', () => {
    expect(Object.keys(rees46Reference.figures)).toEqual(expect.arrayContaining(Object.keys(deliberateDeviations)));
    expect(figures.carts_per_purchase).toBeGreaterThan(2.5);
    expect(figures.carts_per_purchase).toBeLessThan(4);
    expect(figures.shoppers_with_repeat_sessions_share).toBeGreaterThan(0.03);
  });

  it('would be found out: a shop that sells three times as well is a stranger, and so is one without early-data carts tracked', () => {
    const eager = measure({ shoppers: 1_500, days: 14, seed: 1, drift: { kind: 'conversion', fromDay: 0, factor: 3 } });
    expect(strangers(eager)).toContain('buying_sessions_share');
    const untracked = measure({ shoppers: 1_500, days: 14, seed: 1, cartTrackedShare: 0.33 });
    expect(untracked.buying_sessions_with_cart_share).toBeLessThan(0.45);
  });
});

describe('figures', () => {
  const see = (timeMs: number, shopper: string, session: string, itemId: string, kind: Sighting['kind'] = 'view'): Sighting => ({
    ...{ kind, timeMs, shopper, session, itemId, price: 10, hasCategory: itemId !== 'x', hasBrand: true },
  });

  it('counts a small log by hand', () => {
    const figures = new ShopFigures({ sliceViews: 4, windowMs: 1_000_000 });
    const log = [
      see(0, 'u', 's1', 'x'),
      see(5_000, 'u', 's1', 'y'),
      see(9_000, 'u', 's1', 'y', 'cart'),
      see(10_000, 'u', 's1', 'y', 'purchase'),
      see(20_000, 'v', 's2', 'y'),
      see(30_000, 'u', 's3', 'y'),
    ];
    for (const sighting of log) figures.add(sighting);
    expect(figures.finish()).toMatchObject({
      ...{ buying_sessions_share: 1 / 3, carts_per_purchase: 1, views_per_session: 4 / 3, one_view_sessions_share: 2 / 3 },
      ...{ session_seconds_p90: 10, items_per_session: 4 / 3, shoppers_with_repeat_sessions_share: 0.5 },
      ...{ views_on_top_1_percent_items: 0.75, unknown_category_share: 0.25, unknown_brand_share: 0, price_p50: 10 },
    });
  });
});
