import { fitRidge } from '../../learning/logistic.ts';
import { probabilityOf } from '../../scoring/log-odds.ts';

/** Units of an experiment or a decision log, with what was known of each before. Arm 0 is no treatment. */
export interface RewardUnits {
  readonly count: number;
  readonly featureCount: number;
  /** Row after row. */
  readonly features: Float32Array;
  readonly arms: number;
  readonly arm: ArrayLike<number>;
  readonly bought: ArrayLike<number>;
  readonly profit: ArrayLike<number>;
  readonly fold: ArrayLike<number>;
}

const RIDGE = 10;

/**
 * Expected profit of each unit under each arm (`arms` numbers a unit), by models that never saw the unit's fold: the chance to buy by a ridge
 * logistic regression of the arm, times what a buyer of the arm brings. An arm nobody bought in brings what its others brought.
 */
export function crossFittedRewards(units: RewardUnits): Float64Array {
  const expected = new Float64Array(units.count * units.arms);
  const all = Int32Array.from({ length: units.count }, (_, unit) => unit);
  for (const fold of new Set(Array.from({ length: units.count }, (_, unit) => units.fold[unit]!))) {
    const inside = all.filter((unit) => units.fold[unit] === fold);
    for (let arm = 0; arm < units.arms; arm++) {
      const rest = all.filter((unit) => units.fold[unit] !== fold && units.arm[unit] === arm);
      const predict = fitArm(units, rest);
      for (const unit of inside) expected[unit * units.arms + arm] = predict(unit);
    }
  }
  return expected;
}

function fitArm({ features, featureCount, bought, profit }: RewardUnits, use: Int32Array): (unit: number) => number {
  const buyers = use.filter((unit) => bought[unit] === 1);
  const others = use.filter((unit) => bought[unit] !== 1);
  const idle = meanOf(profit, others);
  if (buyers.length === 0) return () => idle;
  const gain = meanOf(profit, buyers) - idle;
  const model = fitRidge({ rows: features, featureCount, labels: bought }, use, RIDGE);
  return (unit) => idle + gain * probabilityOf(model.logOdds(features, unit));
}

const meanOf = (values: ArrayLike<number>, units: Int32Array): number =>
  units.length === 0 ? 0 : units.reduce((sum, unit) => sum + values[unit]!, 0) / units.length;
