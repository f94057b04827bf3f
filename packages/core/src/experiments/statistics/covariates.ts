import { squaredError } from './estimate.ts';
import { type Counted, columnEstimates } from './measure.ts';
import { leftOut, momentsByGroup } from './moments.ts';
import { normalUpper } from './special/normal.ts';

/** Covariates ready for CUPED, and those that are not, with the reason. */
export interface ReadyCovariates {
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly names: readonly string[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** Randomised arms differ this much in something known before exposure once in 100,000 times. */
const IMBALANCE = 1e-5;

/**
 * Fills gaps with the mean over all arms and refuses what cannot have been known before the exposure: a covariate whose mean or spread differs
 * between the arms was touched by the treatment (a variant's own score is), and adjusting by it takes the effect away.
 */
export function readyCovariates(counted: Counted, wanted: readonly string[]): ReadyCovariates {
  const columns = new Map(counted.columns);
  const refused: { name: string; reason: string }[] = [];
  const names = wanted.filter((name) => {
    const found = columns.get(name);
    const column = found && filled(found, counted.arm);
    const reason = column === undefined ? `the table has no column "${name}"` : whyRefused(counted, column);
    if (reason !== undefined) refused.push({ name, reason });
    else columns.set(name, column!);
    return reason === undefined;
  });
  return { columns, names, refused };
}

function filled(column: Float64Array, arm: Uint8Array): Float64Array {
  let sum = 0;
  let known = 0;
  for (let row = 0; row < arm.length; row++) {
    if (arm[row] === leftOut || Number.isNaN(column[row])) continue;
    sum += column[row]!;
    known++;
  }
  const mean = known === 0 ? 0 : sum / known;
  return column.map((value) => (Number.isNaN(value) ? mean : value));
}

function whyRefused(counted: Counted, column: Float64Array): string | undefined {
  const { arm, arms } = counted;
  const [all] = momentsByGroup(
    [column],
    arm.map((of) => (of === leftOut ? leftOut : 0)),
    1,
  );
  const squares = column.map((value) => (value - all!.means[0]!) ** 2);
  for (const [values, what] of [[column, 'mean'] as const, [squares, 'spread'] as const]) {
    // Units of one cluster are alike: taken for independent, they would look imbalanced where clusters are not.
    const estimates = columnEstimates(counted, values);
    const control = estimates[0]!;
    for (let at = 1; at < arms.length; at++) {
      const treatment = estimates[at]!;
      if (control.n < 2 || treatment.n < 2) continue;
      const z = (treatment.mean - control.mean) / Math.sqrt(squaredError(control) + squaredError(treatment));
      const p = 2 * normalUpper(Math.abs(z));
      if (p < IMBALANCE)
        return (
          `its ${what} differs between ${arms[0]} and ${arms[at]} (p = ${p.toExponential(1)}), so it was not known before the exposure; ` +
          'give a value taken before, such as the score of one and the same model in every arm'
        );
    }
  }
  return undefined;
}
