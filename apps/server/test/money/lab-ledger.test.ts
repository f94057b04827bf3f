import { describe, expect, it } from 'vitest';
import { randomOf } from '../../src/lab/coupons-lift.ts';
import { bookCoupons } from '../../src/lab/coupons-roi.ts';
import { runExperiment } from '../../src/lab/coupons-shop.ts';
import { readCouponScenario } from '../../src/lab/scenarios.ts';

const scenario = readCouponScenario('medium');
const runs = process.env.TILLCAST_LONG === '1' ? 200 : 50;

describe('the ledger of the coupon laboratory', () => {
  it('holds the truth in at least 92 % of the runs, and adds up', () => {
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const observed = runExperiment(scenario, 2_000, randomOf(run).fork('experiment'));
      const { line, trueNetCents } = bookCoupons(scenario, observed, 24_000);
      const { netCents, incrementalMarginCents, treatmentCostCents, discountCostCents } = line.days.at(-1)!;
      covered += Number(netCents.low <= trueNetCents && trueNetCents <= netCents.high);
      expect(netCents.value).toBeCloseTo(incrementalMarginCents.value - treatmentCostCents - discountCostCents, 4);
      expect(line.state).toBe('not_yet');
    }
    expect(covered).toBeGreaterThanOrEqual(0.92 * runs);
  });
});
