import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { propensitiesOf } from '@tillcast/core/decisions/policy/decide';
import { policyEffects } from '@tillcast/core/decisions/policy/policy';
import { drawCouponShoppers } from '@tillcast/core/simulation/treatments';
import type { CouponScenario } from '@tillcast/core/simulation/treatments-scenario';
import { boardsOf, servedTreatment, type TreatmentBoard } from '../uplift/learn-policy.ts';
import { type LearnerName, type LearntEffects, runLearners } from '../uplift/run-learners.ts';
import type { ExperimentUnits } from '../uplift/units.ts';
import { keepLedger, type Ledger } from './coupons-ledger.ts';
import { findLift, type LiftFound, randomOf } from './coupons-lift.ts';
import { bookCoupons, type CouponsRoi } from './coupons-roi.ts';
import { learnForecast, type Observed, runExperiment } from './coupons-shop.ts';

/** What a run of the coupon laboratory is told. */
export interface CouponsOptions {
  readonly scenario: CouponScenario;
  /** In the experiment; as many fresh ones value the policy. */
  readonly shoppers: number;
  readonly seed: number;
  readonly learners?: readonly LearnerName[];
  readonly threads?: number;
  onStep?(text: string): void;
}

/** One loop from shop to ledger, beside the truth. */
export interface CouponsReport {
  readonly lift: LiftFound;
  readonly baseRate: number;
  readonly board: TreatmentBoard;
  readonly ledger: Ledger;
  readonly roi: CouponsRoi;
}

/** Cross-fitting within folds needs at least three. */
const FOLDS = 3;

/** Runs the whole loop: shop, predictions, experiment, uplift, policy, ledger. The same options give the same figures. */
export async function runCoupons(options: CouponsOptions): Promise<CouponsReport> {
  const { scenario, shoppers, seed, onStep = () => {} } = options;
  const random = randomOf(seed);
  onStep('shop: learning to predict purchases from the time before any coupon');
  const forecast = learnForecast(scenario, shoppers, random.fork('history'));
  onStep(`experiment: ${shoppers.toLocaleString('en')} shoppers by lot`);
  const observed = runExperiment(scenario, shoppers, random.fork('experiment'));
  const lift = findLift(scenario, observed, forecast.baseRate);
  const roi = bookCoupons(scenario, observed, lift.planned);
  const units = unitsOf(scenario, observed);
  const learnt = await learnIn(units, options);
  const board = boardsOf(units, learnt)[0]!;
  onStep('policy: valued on as many fresh shoppers');
  const fresh = drawCouponShoppers(scenario, shoppers, random.fork('fresh'));
  const [effects] = policyEffects({ treatments: [servedTreatment(board, learnt)] }, fresh.features, fresh.count);
  const treats = effects!.map((effect) => propensitiesOf(effect > 0 ? 0 : -1, 1, scenario.explorationShare)[0]!);
  const propensity = forecast.score(fresh);
  const ledger = keepLedger({
    ...{ scenario, experimented: observed.shoppers, fresh, propensity, treats },
    random: random.fork('purchases'),
  });
  return { lift, baseRate: forecast.baseRate, board, ledger, roi };
}

/** The experiment as the learners see it: no type, no chance, no expectation. */
export function unitsOf(scenario: CouponScenario, { shoppers, experiment }: Observed): ExperimentUnits {
  const { count, features } = shoppers;
  return {
    ...{ count, features, featureNames: scenario.traits.map(({ name }) => name), arms: ['nobody', 'coupon'] },
    ...{ arm: experiment.treated, bought: experiment.bought, profit: experiment.profit },
    propensities: Float64Array.from({ length: 2 * count }, (_, i) =>
      i % 2 === 1 ? scenario.treatedShare : 1 - scenario.treatedShare,
    ),
    fold: Uint8Array.from({ length: count }, (_, row) => row % FOLDS),
  };
}

async function learnIn(
  units: ExperimentUnits,
  { seed, learners, threads, onStep = () => {} }: CouponsOptions,
): Promise<LearntEffects> {
  const folder = mkdtempSync(join(tmpdir(), 'tillcast-lab-'));
  try {
    return await runLearners(units, {
      ...{ folder, seed },
      ...(learners === undefined ? {} : { learners }),
      ...(threads === undefined ? {} : { threads }),
      onLine: ({ event, member }) => {
        if (event === 'member') onStep(`uplift: ${member} fitted`);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
