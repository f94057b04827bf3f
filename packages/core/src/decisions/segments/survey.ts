import type { FactValue } from '../rules/expression.ts';
import { type Rankable, rankable, type SegmentFact } from './facts.ts';
import { bucketsOf } from './intent.ts';
import type { ShopperLedger } from './ledger.ts';
import { type LifecycleBounds, lifecycleOf } from './lifecycle.ts';
import { type BgNbd, chanceAlive, expectedOrders, expectedValue, type GammaGamma } from './lifetime-value.ts';
import { purchasesOf } from './purchases.ts';
import { rfmName, rfmOf } from './rfm.ts';

const dayMs = 86_400_000;
/** Shoppers in one portion: about a millisecond of work. */
export const atOnce = 256;

/** What is known of lifetime value; without a value model, and without a margin, only orders are foretold. */
export interface LifetimeModel {
  readonly orders: BgNbd;
  readonly value: GammaGamma | null;
  readonly days: number;
}

/** Everything a survey rests on. */
export interface SurveyParts {
  readonly ledgers: ReadonlyMap<string, ShopperLedger>;
  readonly asOfMs: number;
  readonly lifecycle: LifecycleBounds;
  /** The chance to buy of those whose window is open. */
  readonly chances: ReadonlyMap<string, number>;
  readonly lifetime: LifetimeModel | undefined;
  /** Share of an order's value that is earned; undefined: the shop did not say. */
  readonly margin: number | undefined;
}

/** The facts of one shopper; what is absent is not known. */
export type ShopperFacts = Partial<Record<SegmentFact, FactValue>>;

/** All shoppers, one at a time: facts are made when they are asked for, so that memory stays that of the ledgers. */
export interface Survey {
  readonly shoppers: readonly string[];
  factsOf(index: number): ShopperFacts;
  /** Works out the scores of all shoppers, in portions of a few hundred; `scores` needs them, and works them out at once where nobody did. */
  score(): Generator<void>;
  /** A score of every shopper; NaN = not known. */
  scores(of: Rankable): Float64Array;
}

/** The ranks that a shopper has among all. */
interface Ranks {
  readonly r: number;
  readonly f: number;
  readonly m: number;
}

function ranksOf(shoppers: readonly string[], ledgers: SurveyParts['ledgers']): ReadonlyMap<string, Ranks> {
  const buyers = shoppers.filter((shopper) => ledgers.get(shopper)!.orders > 0);
  const column = (read: (ledger: ShopperLedger) => number) => Float64Array.from(buyers, (shopper) => read(ledgers.get(shopper)!));
  const { r, f, m } = rfmOf(
    column(({ lastOrderMs }) => lastOrderMs),
    column(({ orders }) => orders),
    column(({ spentCents }) => spentCents),
  );
  return new Map(buyers.map((shopper, index) => [shopper, { r: r[index]!, f: f[index]!, m: m[index]! }]));
}

const set = (facts: ShopperFacts, name: SegmentFact, value: FactValue | undefined): void => {
  if (value !== undefined && !Number.isNaN(value)) facts[name] = value;
};

function setLifetime(facts: ShopperFacts, ledger: ShopperLedger, { lifetime, asOfMs, margin }: SurveyParts): void {
  const purchases = lifetime && purchasesOf(ledger, asOfMs);
  if (purchases === undefined) return;
  const { orders, value, days } = lifetime!;
  const expected = expectedOrders(orders, purchases, days);
  set(facts, 'chance_alive', chanceAlive(orders, purchases));
  set(facts, 'expected_orders', expected);
  if (value !== null && margin !== undefined) set(facts, 'clv', expected * expectedValue(value, purchases) * margin);
}

/** Surveys the shoppers of some ledgers as of a moment. */
export function openSurvey(parts: SurveyParts): Survey {
  const { ledgers, asOfMs, lifecycle, chances, margin } = parts;
  const shoppers = [...ledgers.keys()];
  const ranks = ranksOf(shoppers, ledgers);
  const asked = shoppers.filter((shopper) => chances.has(shopper));
  const buckets = bucketsOf(Float64Array.from(asked, (shopper) => chances.get(shopper)!));
  const bucketOf = new Map(asked.map((shopper, index) => [shopper, buckets[index]!]));

  function factsOf(index: number): ShopperFacts {
    const shopper = shoppers[index]!;
    const ledger = ledgers.get(shopper)!;
    const { orders, refunds, spentCents } = ledger;
    const rank = ranks.get(shopper);
    const spend = spentCents / 100;
    const meanOrder = orders > 0 && spentCents > 0 ? spend / orders : undefined;
    const probability = chances.get(shopper);
    const facts: ShopperFacts = {
      is_user: shopper.startsWith('u:'),
      lifecycle: lifecycleOf(ledger, asOfMs, lifecycle),
      ...{ orders, refunds, spend },
      days_since_seen: (asOfMs - ledger.lastSeenMs) / dayMs,
      days_known: (asOfMs - ledger.firstSeenMs) / dayMs,
      ...(rank === undefined ? {} : { ...rank, rfm: rfmName(rank.r, rank.f) }),
    };
    set(facts, 'consent', ledger.consent?.given);
    set(facts, 'mean_order_value', meanOrder);
    if (orders > 0) facts.days_since_order = (asOfMs - ledger.lastOrderMs) / dayMs;
    set(facts, 'probability', probability);
    set(facts, 'intent_bucket', bucketOf.get(shopper));
    if (probability !== undefined && meanOrder !== undefined && margin !== undefined)
      facts.expected_value = probability * meanOrder * margin;
    setLifetime(facts, ledger, parts);
    return facts;
  }

  let known: ReadonlyMap<Rankable, Float64Array> | undefined;
  function* score(): Generator<void> {
    const columns = new Map(rankable.map((name) => [name, new Float64Array(shoppers.length).fill(Number.NaN)]));
    for (const index of shoppers.keys()) {
      const facts = factsOf(index);
      for (const [name, column] of columns) column[index] = (facts[name] as number | undefined) ?? Number.NaN;
      if (index % atOnce === 0) yield;
    }
    known = columns;
  }

  function scores(of: Rankable): Float64Array {
    if (known === undefined) for (const _ of score());
    return known!.get(of)!;
  }

  return { shoppers, factsOf, score, scores };
}
