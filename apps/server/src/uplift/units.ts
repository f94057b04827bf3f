/** Units of an experiment, as the trainer is to see them: what was known before, what each got, what came of it. */
export interface ExperimentUnits {
  readonly count: number;
  readonly featureNames: readonly string[];
  /** Row after row. */
  readonly features: Float32Array;
  /** Names of the arms; the first is no treatment. */
  readonly arms: readonly string[];
  readonly arm: Uint8Array;
  /** P(arm) of each arm, unit after unit: `arms.length` numbers a unit. */
  readonly propensities: Float64Array;
  readonly bought: Uint8Array;
  /** In money: margin less discount and cost of the treatment; 0 where nothing was bought and nothing spent. */
  readonly profit: Float64Array;
  /** Number of the shopper's fold. */
  readonly fold: Uint8Array;
}

/** P(the arm that a unit got), unit after unit. */
export const propensityOfGot = ({ arms, arm, propensities }: ExperimentUnits): Float64Array =>
  Float64Array.from(arm, (got, unit) => propensities[unit * arms.length + got]!);
