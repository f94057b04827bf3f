import type { LineSettings } from '../../../src/decisions/money/ledger-line.ts';
import type { LedgerUnit } from '../../../src/decisions/money/ledger-unit.ts';
import type { Random } from '../../../src/simulation/random.ts';

export const dayMs = 86_400_000;
export const firstDayMs = Date.parse('2026-11-01T00:00:00Z');
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** A shop with a treatment of known effect: chances to buy, in two strata of different shoppers and different splits. */
export interface ToyShop {
  readonly units: number;
  readonly days: number;
  readonly untreated: number;
  readonly treated: number;
  readonly contactCents: number;
  readonly discountShare: number;
}

export const toyShop: ToyShop = { units: 2_000, days: 10, untreated: 0.1, treated: 0.14, contactCents: 8, discountShare: 0.05 };

const meanOrderCents = 4_000;
const marginShare = 0.4;

/** The expected net effect of treating one unit whose chances are the toy's times `keen`. */
export const trueEffectCents = ({ untreated, treated, contactCents, discountShare }: ToyShop, keen: number): number =>
  keen * (treated * meanOrderCents * (marginShare - discountShare) - untreated * meanOrderCents * marginShare) - contactCents;

/** Units in the order in which they come; halfway the split goes from 50 to 90 % treated, and shoppers get keener: what a pooled comparison gets wrong. */
export function drawUnits(shop: ToyShop, random: Random): { readonly units: readonly LedgerUnit[]; readonly trueCents: number } {
  let trueCents = 0;
  const units = Array.from({ length: shop.units }, (_, i): LedgerUnit => {
    const stratum = 2 * i < shop.units ? 0 : 1;
    const keen = stratum === 0 ? 1 : 2.5;
    const isTreated = random.uniform() < (stratum === 0 ? 0.5 : 0.9);
    const buys = random.uniform() < keen * (isTreated ? shop.treated : shop.untreated);
    const orderCents = buys ? meanOrderCents * 2 * random.uniform() : 0;
    if (isTreated) trueCents += trueEffectCents(shop, keen);
    return {
      ...{ isTreated, stratum, marginCents: orderCents * marginShare },
      maturesAtMs: firstDayMs + Math.floor((i * shop.days) / shop.units) * dayMs + (i % 1_000),
      treatmentCents: isTreated ? shop.contactCents : 0,
      discountCents: isTreated ? orderCents * shop.discountShare : 0,
    };
  });
  return { units, trueCents };
}

export const settings: LineSettings = {
  ...{ asOfMs: Number.POSITIVE_INFINITY, dayOf, alpha: 0.05, smallestEffect: 0.05 },
  assurance: { alpha: 0.05, power: 0.8 },
};
