import { categories } from './category-tree.ts';
import { cumulate, gamma, normal, pick } from './distributions.ts';
import type { VisitKind } from './journey.ts';
import { opaqueId } from './opaque-id.ts';
import type { Random } from './random.ts';
import { dayOf, hourOf, saleOn } from './rhythm.ts';
import type { FullSettings } from './settings.ts';
import { type Mission, missions } from './truth.ts';

/** How far a shopper lets himself be known: always, never, or after logging in. */
export type Openness = 'known' | 'anonymous' | 'logs_in';

/** What makes a shopper who he is; hidden from the shop except by what he does. */
export interface Traits {
  readonly userId: string;
  readonly anonymousId: string;
  readonly openness: Openness;
  readonly visitsPerDay: number;
  /** Hours by which his day runs ahead of the shop's. */
  readonly shiftHours: number;
  /** Log-odds to buy, whatever brings him here. */
  readonly propensity: number;
  /** His budget, as a multiple of a category's median price. */
  readonly means: number;
  /** Mean of ln(price / budget) of what he looks at: bargain hunters below 0, dreamers above. */
  readonly reach: number;
  /** 0 = the best known maker of every department, towards 1 = the least known; most stay near 0. */
  readonly brandTaste: number;
  /** Categories he comes back to, by index. */
  readonly favourites: readonly number[];
  /** Running sums of the shares of his missions. */
  readonly missionSums: Float64Array;
  /** Bought here before our records begin. */
  readonly customerBefore: boolean;
}

const interest = cumulate(categories.map((category) => category.interest));
/** What few people come for: the mix that a drift of categories moves to. */
const rareInterest = cumulate(categories.map((category) => 1 / category.interest));

/** Draws shopper number `number`. Visits a day are gamma-distributed: many come hardly ever, a few daily. */
export function drawShopper(settings: FullSettings, random: Random, number: number): Traits {
  const open = random.uniform();
  const { anonymousShare, logInShare, seed, visitsPerDay } = settings;
  const propensity = 0.8 * normal(random);
  return {
    userId: opaqueId('u', seed, number),
    anonymousId: opaqueId('a', seed, number),
    openness: open < anonymousShare ? 'anonymous' : open < anonymousShare + logInShare ? 'logs_in' : 'known',
    visitsPerDay: Math.min(4, (visitsPerDay * gamma(random, 0.9)) / 0.9),
    shiftHours: 1.5 * normal(random),
    propensity,
    means: Math.exp(0.5 * normal(random)),
    reach: 0.25 * normal(random),
    brandTaste: random.uniform() ** 2,
    favourites: [pick(random, interest), pick(random, interest), pick(random, interest)],
    missionSums: cumulate(missions.map((name) => missionMix[name].weight * Math.exp(missionMix[name].tilt * propensity))),
    customerBefore: random.uniform() < 0.3 / (1 + Math.exp(-propensity)) + 0.1,
  };
}

/** How the missions of visits are mixed for an average shopper, and how much propensity tilts the mix. */
const missionMix: Record<Mission, { readonly weight: number; readonly tilt: number; readonly urge: number }> = {
  glance: { weight: 0.3, tilt: -0.2, urge: -1 },
  browse: { weight: 0.4, tilt: 0, urge: -0.6 },
  compare: { weight: 0.13, tilt: 0.2, urge: 0 },
  buy: { weight: 0.17, tilt: 0.5, urge: 1.4 },
};
const EVENING_URGE = 0.15;
const SALE_URGE = 0.25;
const SALE_REACH = -0.1;
const CUSTOMER_URGE = 0.5;

/** What brings a shopper here at a time: a mission, and how eager and how bold he is. `price_level` drift makes everything look dearer. */
export function drawKind(
  settings: FullSettings,
  random: Random,
  traits: Traits,
  customer: boolean,
  category: number,
  nowMs: number,
): VisitKind {
  const mission = missions[pick(random, traits.missionSums)]!;
  const hour = hourOf(nowMs);
  const sale = saleOn(settings, dayOf(settings, nowMs)) !== undefined;
  const { drift } = settings;
  const drifted = drift !== undefined && dayOf(settings, nowMs) >= drift.fromDay ? drift : undefined;
  return {
    mission,
    urge:
      traits.propensity +
      missionMix[mission].urge +
      categories[category]!.appetite +
      (hour >= 18 && hour < 23 ? EVENING_URGE : 0) +
      (sale ? SALE_URGE : 0) +
      (customer ? CUSTOMER_URGE : 0) +
      (drifted?.kind === 'conversion' ? Math.log(drifted.factor) : 0),
    reach: traits.reach + (sale ? SALE_REACH : 0) + (drifted?.kind === 'price_level' ? Math.log(drifted.factor) : 0),
  };
}

/** The category a visit begins in, or wanders off to: mostly a favourite. */
export function drawCategory(settings: FullSettings, random: Random, { favourites }: Traits, nowMs: number): number {
  const { drift } = settings;
  if (drift?.kind === 'category_mix' && dayOf(settings, nowMs) >= drift.fromDay && random.uniform() < drift.factor)
    return pick(random, rareInterest);
  const u = random.uniform();
  return u < 0.4 ? favourites[0]! : u < 0.58 ? favourites[1]! : u < 0.7 ? favourites[2]! : pick(random, interest);
}
