import { bookLine, type LedgerLine } from '@tillcast/core/decisions/money/ledger-line';
import type { LedgerUnit } from '@tillcast/core/decisions/money/ledger-unit';
import { defaultAssurance } from '@tillcast/core/experiments/statistics/power';
import { profitTerms } from '@tillcast/core/simulation/treatments';
import type { CouponScenario } from '@tillcast/core/simulation/treatments-scenario';
import type { Observed } from './coupons-shop.ts';

/** The line that the product's own ledger books for the experiment, beside the truth. */
export interface CouponsRoi {
  readonly line: LedgerLine;
  /** What giving coupons to those who got one is expected to have brought, knowing everybody's chances. */
  readonly trueNetCents: number;
}

const dayMs = 86_400_000;
/** The experiment's shoppers come over two weeks. */
const days = 14;

/** Books the experiment as `tillcast roi` would: coupon against no coupon, send and discount paid. */
export function bookCoupons(scenario: CouponScenario, observed: Observed, plannedUnits: number): CouponsRoi {
  const { shoppers, experiment } = observed;
  let trueNet = 0;
  const units = Array.from({ length: shoppers.count }, (_, i): LedgerUnit => {
    const isTreated = experiment.treated[i] === 1;
    if (isTreated) trueNet += profitTerms(scenario, shoppers.untreated[i]!, shoppers.treated[i]!).effect;
    return {
      ...{ isTreated, stratum: 0, maturesAtMs: Math.floor((i * days) / shoppers.count) * dayMs },
      marginCents: 100 * experiment.bought[i]! * scenario.margin,
      treatmentCents: isTreated ? 100 * scenario.sendCost : 0,
      discountCents: isTreated ? 100 * experiment.bought[i]! * scenario.couponCost : 0,
    };
  });
  const line = bookLine(units, {
    ...{ asOfMs: days * dayMs, dayOf: (atMs) => new Date(atMs).toISOString().slice(0, 10), alpha: 0.05 },
    ...{ smallestEffect: 0.05, assurance: defaultAssurance, registeredUnits: plannedUnits },
  });
  return { line, trueNetCents: 100 * trueNet };
}
