import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenShares, gainCurve } from '../../../src/decisions/money/gain-curve.ts';
import {
  bandsOf,
  breakEvenEffect,
  payoffOfAllPurchases,
  payoffOfAssumedEffect,
  profitAtCuts,
} from '../../../src/decisions/money/profit-curve.ts';
import { profitCurve } from '../../../src/decisions/money/profit-cut-off.ts';
import { groupsOf } from '../../../src/scoring/groups.ts';
import { logOddsOf, probabilityOf } from '../../../src/scoring/log-odds.ts';
import { openRandom } from '../../../src/simulation/random.ts';

const table = fc
  .array(fc.tuple(fc.constantFrom(-3, -2, -1, 0, 0.5), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 150 })
  .map((rows) => ({ scores: rows.map(([score]) => score), labels: rows.map(([, label]) => label) }));

describe('a gain curve', () => {
  it('begins at (0, 0), ends at (1, 1), rises, and does not depend on the order of rows', () => {
    fc.assert(
      fc.property(table, ({ scores, labels }) => {
        fc.pre(labels.includes(1));
        const curve = gainCurve(scores, labels, evenShares(20));
        expect([curve[0]!.share, curve[0]!.gain]).toEqual([0, 0]);
        expect([curve.at(-1)!.share, curve.at(-1)!.gain, curve.at(-1)!.gainOverRandom]).toEqual([1, 1, 1]);
        for (let i = 1; i < curve.length; i++) expect(curve[i]!.gain).toBeGreaterThanOrEqual(curve[i - 1]!.gain - 1e-12);
        const turned = gainCurve(scores.toReversed(), labels.toReversed(), evenShares(20));
        for (const [i, { gain }] of turned.entries()) expect(gain).toBeCloseTo(curve[i]!.gain, 12);
      }),
    );
  });

  it('is what a table by hand says, a tie at the cut in part', () => {
    const curve = gainCurve([3, 2, 2, 2, 1], [1, 1, 0, 0, 0], [0, 0.4, 0.8, 1]);
    expect(curve.map(({ buyers }) => Number(buyers.toFixed(9)))).toEqual([0, Number((1 + 1 / 3).toFixed(9)), 2, 2]);
    expect(curve[1]!.gainOverRandom).toBeCloseTo((1 + 1 / 3) / 2 / 0.4, 12);
  });

  it('says nothing of gain where nobody bought', () => {
    expect(gainCurve([1, 2], [0, 0], [1])[0]!.gain).toBeNaN();
  });
});

const prices = { marginCents: 2_000, discountCents: 300, contactCents: 10 };

describe('a profit curve', () => {
  it('equals the direct computation at each of its cut-offs', () => {
    fc.assert(
      fc.property(table, fc.double({ min: -0.5, max: 3, noNaN: true }), ({ scores, labels }, effect) => {
        for (const payoff of [payoffOfAllPurchases(prices), payoffOfAssumedEffect(prices, effect)]) {
          const bands = bandsOf(scores);
          const profit = profitAtCuts(bands, labels, payoff);
          for (const [cut, probability] of bands.probability.entries()) {
            const treated = labels.filter((_, row) => probabilityOf(scores[row]!) >= probability);
            const buyers = treated.filter((label) => label === 1).length;
            expect(bands.rows[cut]).toBe(treated.length);
            expect(profit[cut]).toBeCloseTo(buyers * payoff.perBuyerCents - treated.length * payoff.perShopperCents, 6);
          }
          expect([profit[0], bands.rows.at(-1)]).toEqual([0, labels.length]);
        }
      }),
    );
  });

  it('pays for the discount of those who would have bought anyway: top buyers can cost money', () => {
    const { perBuyerCents, perShopperCents } = payoffOfAssumedEffect(prices, 0.1);
    expect([perBuyerCents, perShopperCents]).toEqual([0.1 * 1_700 - 300, 10]);
    const rate = 0.2;
    const even = payoffOfAssumedEffect(prices, breakEvenEffect(prices, rate));
    expect(rate * even.perBuyerCents - even.perShopperCents).toBeCloseTo(0, 9);
  });

  it('refuses a negative margin, a discount above it and a negative cost, by field and remedy', () => {
    expect(() => payoffOfAllPurchases({ ...prices, marginCents: -5 })).toThrow(/margin_cents is -5; it must be .*above 0/);
    expect(() => payoffOfAllPurchases({ ...prices, discountCents: 2_000 })).toThrow(/discount_cents is 2000.*below the margin/);
    expect(() => payoffOfAllPurchases({ ...prices, contactCents: -1 })).toThrow(/contact_cents is -1/);
    expect(() => payoffOfAssumedEffect(prices, -1)).toThrow(/assumed_effect is -1/);
  });
});

/** Rows whose chance to buy is what their score says, two a shopper; treating pays above probability `cost / value`. */
function draw(seed: string, shoppers: number) {
  const random = openRandom(seed);
  const scores: number[] = [];
  const labels: number[] = [];
  const names: number[] = [];
  for (let shopper = 0; shopper < shoppers; shopper++) {
    const probability = 0.4 * random.uniform();
    for (let row = 0; row < 2; row++) {
      scores.push(logOddsOf(Math.max(1e-6, probability)));
      labels.push(Number(random.uniform() < probability));
      names.push(shopper);
    }
  }
  return { scores, labels, groups: groupsOf(names) };
}

describe('the best cut-off', () => {
  // Probabilities are uniform on (0, 0.4), and 100 cents a shopper pay above 100 / 1,000: the best share is 0.75.
  const payoff = { perBuyerCents: 1_000, perShopperCents: 100 };
  const runs = process.env.TILLCAST_LONG === '1' ? 200 : 25;

  it('lies within its interval in at least 92 % of the runs, and its profit is not flattered', () => {
    const covered = { share: 0, profit: 0 };
    for (let run = 0; run < runs; run++) {
      const { scores, labels, groups } = draw(`cut/${run}`, 400);
      const curve = profitCurve(scores, labels, groups, payoff, { random: openRandom(run), replicates: 200 });
      const [low, high] = curve.shareInterval;
      covered.share += Number(low <= 0.75 && 0.75 <= high);
      const { probability, profitCents } = curve.best;
      const truth = scores.reduce((sum, z) => {
        const p = probabilityOf(z);
        return p >= probability ? sum + p * payoff.perBuyerCents - payoff.perShopperCents : sum;
      }, 0);
      covered.profit += Number(curve.bestProfitCents.low <= truth && truth <= curve.bestProfitCents.high);
      expect(curve.bestProfitCents.value).toBeLessThan(profitCents);
    }
    expect(covered.share).toBeGreaterThanOrEqual(0.92 * runs);
    expect(covered.profit).toBeGreaterThanOrEqual(0.92 * runs);
  });

  it('is to treat nobody where nobody pays', () => {
    const { scores, labels, groups } = draw('nobody', 200);
    const curve = profitCurve(
      scores,
      labels,
      groups,
      { perBuyerCents: -1, perShopperCents: 1 },
      { random: openRandom(1), replicates: 50 },
    );
    expect([curve.best.share, curve.best.profitCents, curve.best.probability]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
    expect(curve.shareInterval[0]).toBe(0);
  });
});
