/** What became of the units of an experiment or of a logged policy. Arm 0 is "no treatment". */
export interface LoggedUnits {
  /** The arm each unit got. */
  readonly arm: ArrayLike<number>;
  /** P(that arm) when it was drawn, above 0. */
  readonly propensity: ArrayLike<number>;
  /** What the unit brought: profit, in money. */
  readonly reward: ArrayLike<number>;
}

/**
 * A unit's reward under one arm, right on average where the propensity or the expectation is:
 * m + 1{arm} (y − m) / p (Dudík, Langford and Li, ICML 2011, eq. 1). `expected` holds m from models that never saw the unit.
 */
export function doublyRobustScores(units: LoggedUnits, arm: number, expected: ArrayLike<number>): Float64Array {
  const scores = new Float64Array(expected.length);
  for (let i = 0; i < scores.length; i++) {
    const residual = units.arm[i] === arm ? (units.reward[i]! - expected[i]!) / units.propensity[i]! : 0;
    scores[i] = expected[i]! + residual;
  }
  return scores;
}
