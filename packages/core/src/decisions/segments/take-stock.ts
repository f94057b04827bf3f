import { intentBuckets } from './intent.ts';
import { openMembership } from './membership.ts';
import type { SegmentFile } from './segment.ts';
import { atOnce, type ShopperFacts, type Survey } from './survey.ts';

/** What one segment holds at a moment. */
export interface SegmentStock {
  readonly id: string;
  readonly size: number;
  /** Members whose chance to buy is known, and how many of them will buy if the chances hold. */
  readonly asked: number;
  readonly expectedBuyers: number;
  /** Σ of expected values, and of lifetime values, where known. */
  readonly expectedValue: number;
  readonly clv: number;
}

/** All segments at a moment: sizes, and what any two share. */
export interface Stock {
  readonly shoppers: number;
  readonly segments: readonly SegmentStock[];
  /** `shared[a][b]`: how many are in both, by the place of each in `segments`; `shared[a][a]` is its size. */
  readonly shared: readonly (readonly number[])[];
  /** Shoppers whose chance is known and expected buyers, by bucket 1–20. */
  readonly intent: readonly { readonly shoppers: number; readonly expectedBuyers: number }[];
}

/** One shopper with the places of the segments they are in. */
export type OnMember = (shopper: string, facts: ShopperFacts, places: readonly number[]) => void;

/**
 * Puts every surveyed shopper into the segments that hold them, and counts; in portions of a few hundred, so that others get their turn. Each is handed to
 * `onMember` once, in the order of the survey.
 */
export function* stockTaking(
  { segments }: Pick<SegmentFile, 'segments'>,
  survey: Survey,
  onMember: OnMember = () => {},
): Generator<void, Stock> {
  if (segments.some(({ membership }) => membership.kind === 'score')) yield* survey.score();
  const memberships = segments.map((segment) => openMembership(segment, survey));
  const stock = segments.map(({ id }) => ({ id, size: 0, asked: 0, expectedBuyers: 0, expectedValue: 0, clv: 0 }));
  const shared = segments.map(() => new Array<number>(segments.length).fill(0));
  const intent = Array.from({ length: intentBuckets }, () => ({ shoppers: 0, expectedBuyers: 0 }));
  for (const [index, shopper] of survey.shoppers.entries()) {
    const facts = survey.factsOf(index);
    const places = [...memberships.keys()].filter((place) => memberships[place]!(index, facts));
    const probability = facts.probability as number | undefined;
    if (probability !== undefined) {
      const bucket = intent[(facts.intent_bucket as number) - 1]!;
      bucket.shoppers++;
      bucket.expectedBuyers += probability;
    }
    for (const place of places) {
      const one = stock[place]!;
      one.size++;
      if (probability !== undefined) one.asked++;
      one.expectedBuyers += probability ?? 0;
      one.expectedValue += (facts.expected_value as number | undefined) ?? 0;
      one.clv += (facts.clv as number | undefined) ?? 0;
      for (const other of places) shared[place]![other]!++;
    }
    onMember(shopper, facts, places);
    if (index % atOnce === 0) yield;
  }
  return { shoppers: survey.shoppers.length, segments: stock, shared, intent };
}

/** The same at once. */
export function takeStock(...given: Parameters<typeof stockTaking>): Stock {
  const taking = stockTaking(...given);
  for (;;) {
    const { done, value } = taking.next();
    if (done === true) return value;
  }
}
